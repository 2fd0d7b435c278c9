use serde_json::Value;

use super::{
    standing::Standing,
    tab::{Tab, Theme},
};

/// Texts whose colour is too near to what is behind them: less than 4.5 to 1, as WCAG 2 asks for.
const FAINT_TEXTS: &str = r#"(() => {
    const numbers = colour => colour.match(/[\d.]+/g).map(Number);
    const light = colour => {
        const [r, g, b] = numbers(colour).map(part => part / 255).map(part =>
            part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = element => {
        for (let at = element; at; at = at.parentElement) {
            const colour = getComputedStyle(at).backgroundColor;
            if ((numbers(colour)[3] ?? 1) === 1) return colour;
        }
        throw new Error("nothing is behind it");
    };
    const faint = [], texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    let seen = 0;
    while (texts.nextNode()) {
        const element = texts.currentNode.parentElement;
        if (!texts.currentNode.data.trim() || !element.checkVisibility() || element.matches("script, :disabled")) continue;
        seen++;
        const [one, other] = [light(getComputedStyle(element).color), light(behind(element))].sort((a, b) => b - a);
        const contrast = (one + 0.05) / (other + 0.05);
        if (contrast < 4.5) faint.push(`${texts.currentNode.data} (${contrast.toFixed(2)})`);
    }
    return { seen, faint, ground: behind(document.body) };
})()"#;

/// What has the focus, and whether that can be seen.
const FOCUSED: &str = r#"(() => {
    const focused = document.activeElement, style = getComputedStyle(focused), where = focused.getBoundingClientRect();
    return [
        focused.getAttribute("aria-label") ?? focused.labels?.[0]?.textContent ?? focused.textContent.replace(/ [\d,]+$/, ""),
        style.outlineStyle === "solid" && parseFloat(style.outlineWidth) >= 2
            && where.left >= 0 && where.top >= 0 && where.bottom <= innerHeight,
    ];
})()"#;

#[tokio::test]
#[ignore = "needs Chromium; run with --include-ignored"]
async fn every_text_can_be_read_by_day_and_by_night() {
    let standing = Standing::new().await;
    let tab = Tab::open(&standing.url);
    tab.click("button", "history of frank");
    tab.until_text("#relays .past:not([hidden])", "sync failed");
    let mut grounds = Vec::new();
    for (theme, picture) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
        tab.theme(theme);
        let colours = tab.eval(FAINT_TEXTS);
        assert!(colours["seen"].as_u64().unwrap() > 40, "{colours}");
        assert_eq!(colours["faint"], Value::Array(Vec::new()), "{picture}");
        grounds.push(colours["ground"].clone());
        tab.picture(picture);
    }
    assert_ne!(grounds[0], grounds[1]);
}

#[tokio::test]
#[ignore = "needs Chromium; run with --include-ignored"]
async fn the_page_fits_a_narrow_screen() {
    let standing = Standing::new().await;
    let long = "a-relay-with-an-id-that-is-as-long-as-nobody-wants-to-have-it-but-as-somebody-will";
    standing.program.create(&long[..60]);
    standing.program.until_up_to_date(&long[..60]);
    let tab = Tab::open(&standing.url);
    for width in [1280, 800, 400, 320] {
        tab.resize(width, 900);
        assert_eq!(tab.eval("document.documentElement.scrollWidth"), width);
        for (theme, name) in [(Theme::Light, "light"), (Theme::Dark, "dark")] {
            tab.theme(theme);
            tab.picture(&format!("{width}-{name}"));
        }
    }
    assert!(tab.text_of("#relays").contains("alice.relays.example"));
}

#[tokio::test]
#[ignore = "needs Chromium; run with --include-ignored"]
async fn all_can_be_done_with_the_keyboard() {
    let standing = Standing::new().await;
    let tab = Tab::open(&standing.url);
    let mut order = Vec::new();
    for _ in 0..13 {
        tab.press("Tab");
        let focused = tab.eval(FOCUSED);
        assert_eq!(focused[1], true, "the focus on {} is not seen", focused[0]);
        order.push(focused[0].as_str().unwrap().to_owned());
    }
    assert_eq!(
        order,
        [
            "Skip to the relays",
            "all",
            "gave up",
            "retrying",
            "new",
            "pending",
            "deleting",
            "synced",
            "Search id or host",
            "history of alice",
            "history of frank",
            "history of gina",
            "history of iris",
        ]
    );
    tab.picture("focus");
    tab.press("Enter");
    tab.until_text("#relays .past:not([hidden])", "synced");
    standing.program.done(&["relay", "update", "iris", "--name", "Iris"]);
    tab.until_text("#relays .past:not([hidden])", "changed");
    assert_eq!(tab.eval(FOCUSED)[0], "history of iris", "an update takes no focus away");
    tab.press("Space");
    tab.until("document.querySelector('#relays .past:not([hidden])') === null");
}

#[tokio::test]
#[ignore = "needs Chromium; run with --include-ignored"]
async fn assistive_technology_is_told_what_everything_is() {
    let standing = Standing::new().await;
    let tab = Tab::open(&standing.url);
    let all = tab.accessible();
    let named = |role: &str| {
        let names = all
            .iter()
            .filter(|node| node.role == role)
            .map(|node| node.name.as_str());
        names.collect::<Vec<_>>()
    };
    for control in ["button", "searchbox", "link", "textbox", "table", "RootWebArea"] {
        assert!(!named(control).contains(&""), "a {control} has no name");
    }
    assert_eq!(named("searchbox"), ["Search id or host"]);
    assert_eq!(named("table"), ["Relays in order of id"]);
    assert_eq!(named("rowheader"), ["alice", "frank", "gina", "iris"]);
    assert_eq!(named("columnheader").len(), 8);
    assert_eq!(named("heading"), ["Relays"]);
    assert_eq!((named("main").len(), named("search").len()), (1, 1));

    let pressed = "[...document.querySelectorAll('[aria-pressed=true]')].map(button => button.textContent)";
    assert_eq!(tab.eval(pressed)[0], "all 4");
    assert_eq!(tab.eval("document.querySelectorAll('[aria-expanded=false]').length"), 4);
    let live = "[...document.querySelectorAll('[role=alert], [aria-live=assertive]')].length";
    assert_eq!(tab.eval(live), 0, "nothing interrupts");
    assert_eq!(tab.eval("document.querySelectorAll('[role=status]').length"), 3);
    assert_eq!(tab.eval("document.documentElement.lang"), "en");
}
