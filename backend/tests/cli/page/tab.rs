use std::{
    env, fs,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::chromium::Chromium;

const PATIENCE: Duration = Duration::from_secs(60);

/// A window with the status page, which shares nothing with other windows.
pub struct Tab {
    browser: Arc<Chromium>,
    context: String,
    session: String,
}

#[derive(Clone, Copy)]
pub enum Theme {
    Light,
    Dark,
}

impl Tab {
    /// Opens the page and waits until it shows what it read.
    pub fn open(url: &str) -> Self {
        let tab = Self::blank();
        tab.call("Page.navigate", json!({ "url": url }));
        tab.until("document.querySelector('#states button') !== null");
        tab
    }

    fn blank() -> Self {
        let browser = Chromium::get();
        let text = |answer: Value, field: &str| answer[field].as_str().unwrap().to_owned();
        let context = browser.call(None, "Target.createBrowserContext", json!({}));
        let context = text(context, "browserContextId");
        let target = json!({ "url": "about:blank", "browserContextId": context });
        let target = text(browser.call(None, "Target.createTarget", target), "targetId");
        let attach = json!({ "targetId": target, "flatten": true });
        let session = text(browser.call(None, "Target.attachToTarget", attach), "sessionId");
        let tab = Self {
            browser,
            context,
            session,
        };
        for domain in ["Page", "Runtime", "Log", "Network", "Accessibility"] {
            tab.call(&format!("{domain}.enable"), json!({}));
        }
        // As if it were the only window: else the browser lets no more than one have the focus.
        tab.call("Emulation.setFocusEmulationEnabled", json!({ "enabled": true }));
        tab.resize(1280, 900);
        tab
    }

    fn call(&self, method: &str, params: Value) -> Value {
        self.browser.call(Some(&self.session), method, params)
    }

    /// The value of an expression in the page.
    pub fn eval(&self, expression: &str) -> Value {
        let params = json!({ "expression": expression, "returnByValue": true, "awaitPromise": true });
        let mut answer = self.call("Runtime.evaluate", params);
        let thrown = &answer["exceptionDetails"];
        assert!(thrown.is_null(), "{expression}: {thrown}");
        answer["result"]["value"].take()
    }

    /// Waits until an expression is true.
    pub fn until(&self, expression: &str) {
        let deadline = Instant::now() + PATIENCE;
        while self.eval(expression) != true {
            let shown = self.eval("document.body.innerText");
            assert!(Instant::now() < deadline, "not so: {expression}; it shows {shown}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// What is to be read on the page.
    pub fn text(&self) -> String {
        self.text_of("body")
    }

    pub fn text_of(&self, selector: &str) -> String {
        let text = self.eval(&format!("document.querySelector({}).innerText", json!(selector)));
        text.as_str().unwrap().to_owned()
    }

    pub fn until_text(&self, selector: &str, expected: &str) {
        let (selector, expected) = (json!(selector), json!(expected));
        self.until(&format!(
            "document.querySelector({selector})?.innerText.includes({expected}) ?? false"
        ));
    }

    /// The ids of the relays that are listed.
    pub fn listed(&self) -> Vec<String> {
        let ids = "[...document.querySelectorAll('#relays tbody th')].map(head => head.innerText)";
        serde_json::from_value(self.eval(ids)).unwrap()
    }

    pub fn until_listed(&self, ids: &[&str]) {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let listed = self.listed();
            if listed == ids {
                return;
            }
            assert!(Instant::now() < deadline, "{listed:?} instead of {ids:?}");
            thread::sleep(Duration::from_millis(50));
        }
    }

    /// The texts of a relay's row, from its host on.
    pub fn row(&self, id: &str) -> Vec<String> {
        let cells = format!(
            "[...[...document.querySelectorAll('#relays tbody th')].find(head => head.innerText === {})
                .parentElement.querySelectorAll('td')].map(cell => cell.innerText)",
            json!(id)
        );
        serde_json::from_value(self.eval(&cells)).unwrap()
    }

    /// Clicks in the middle of what has this accessible name.
    pub fn click(&self, role: &str, name: &str) {
        let nodes = self.accessible();
        let found = nodes.iter().find(|node| node.role == role && node.name == name);
        let node = found.unwrap_or_else(|| panic!("no {role} is called {name:?}")).backend;
        let node = json!({ "backendNodeId": node });
        self.call("DOM.scrollIntoViewIfNeeded", node.clone());
        let quads = self.call("DOM.getContentQuads", node);
        let corner = |n: usize| quads["quads"][0][n].as_f64().unwrap();
        let (x, y) = ((corner(0) + corner(4)) / 2.0, (corner(1) + corner(5)) / 2.0);
        for kind in ["mousePressed", "mouseReleased"] {
            let event = json!({ "type": kind, "x": x, "y": y, "button": "left", "clickCount": 1 });
            self.call("Input.dispatchMouseEvent", event);
        }
    }

    /// Presses Tab, Enter or Space.
    pub fn press(&self, key: &str) {
        let (code, key, text) = match key {
            "Tab" => (9, "Tab", ""),
            "Enter" => (13, "Enter", "\r"),
            "Space" => (32, " ", " "),
            other => panic!("no key {other}"),
        };
        for kind in ["keyDown", "keyUp"] {
            let event = json!({ "type": kind, "key": key, "text": text, "windowsVirtualKeyCode": code });
            self.call("Input.dispatchKeyEvent", event);
        }
    }

    /// Types where the focus is.
    pub fn type_text(&self, text: &str) {
        self.call("Input.insertText", json!({ "text": text }));
    }

    pub fn theme(&self, theme: Theme) {
        let value = match theme {
            Theme::Light => "light",
            Theme::Dark => "dark",
        };
        let features = json!([{ "name": "prefers-color-scheme", "value": value }]);
        self.call("Emulation.setEmulatedMedia", json!({ "features": features }));
    }

    pub fn resize(&self, width: u32, height: u32) {
        let metrics = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": false });
        self.call("Emulation.setDeviceMetricsOverride", metrics);
    }

    /// Keeps a picture in the folder `PAGE_SCREENSHOTS`, if there is one, for somebody to look at.
    pub fn picture(&self, name: &str) {
        let Some(folder) = env::var_os("PAGE_SCREENSHOTS") else {
            return;
        };
        let taken = self.call("Page.captureScreenshot", json!({ "captureBeyondViewport": true }));
        let picture = BASE64_STANDARD.decode(taken["data"].as_str().unwrap()).unwrap();
        fs::write(Path::new(&folder).join(name).with_extension("png"), picture).unwrap();
    }

    /// What assistive technology is told of the page.
    pub fn accessible(&self) -> Vec<Accessible> {
        let tree = self.call("Accessibility.getFullAXTree", json!({}));
        let nodes = tree["nodes"].as_array().unwrap().iter();
        nodes
            .filter(|node| node["ignored"] == false)
            .map(|node| Accessible {
                role: node["role"]["value"].as_str().unwrap_or_default().to_owned(),
                name: node["name"]["value"].as_str().unwrap_or_default().to_owned(),
                backend: node["backendDOMNodeId"].as_u64().unwrap_or_default(),
            })
            .collect()
    }

    /// What was asked of the network, as urls.
    pub fn requests(&self) -> Vec<String> {
        let events = self.browser.events(&self.session).into_iter();
        let requests = events.filter(|event| event["method"] == "Network.requestWillBeSent");
        requests
            .map(|event| event["params"]["request"]["url"].as_str().unwrap().to_owned())
            .collect()
    }

    /// What a developer would see in red, and what a script that ran would do to be noticed.
    pub fn complaints(&self) -> Vec<Value> {
        let events = self.browser.events(&self.session).into_iter();
        events
            .filter(|event| {
                let (method, params) = (event["method"].as_str().unwrap_or_default(), &event["params"]);
                match method {
                    "Runtime.exceptionThrown" | "Runtime.consoleAPICalled" | "Page.javascriptDialogOpening" => true,
                    "Log.entryAdded" => params["entry"]["level"] != "verbose",
                    _ => false,
                }
            })
            .collect()
    }
}

impl Drop for Tab {
    fn drop(&mut self) {
        if !thread::panicking() {
            let context = json!({ "browserContextId": self.context });
            self.browser.call(None, "Target.disposeBrowserContext", context);
        }
    }
}

/// An element as assistive technology sees it.
#[derive(Debug)]
pub struct Accessible {
    pub role: String,
    pub name: String,
    backend: u64,
}
