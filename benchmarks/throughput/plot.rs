//! A plot of lines as SVG, both axes logarithmic.

use std::fmt::Write;

const WIDTH: f64 = 720.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 80.0;
const RIGHT: f64 = 220.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 50.0;
const COLOURS: [&str; 7] = [
    "#666666", "#d55e00", "#0072b2", "#cc79a7", "#009e73", "#e69f00", "#56b4e9",
];

/// What is shown.
pub struct Plot<'p> {
    pub title: &'p str,
    pub across: &'p str,
    pub up: &'p str,
    pub lines: Vec<Line>,
}

/// One of its lines.
pub struct Line {
    pub name: String,
    pub points: Vec<(f64, f64)>,
}

impl Plot<'_> {
    pub fn svg(&self) -> String {
        let points = || self.lines.iter().flat_map(|line| &line.points);
        let across = Axis::over(points().map(|point| point.0), LEFT, WIDTH - RIGHT);
        let up = Axis::over(points().map(|point| point.1), HEIGHT - BOTTOM, TOP);
        let mut svg = format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">
<rect width="{WIDTH}" height="{HEIGHT}" fill="#ffffff"/>
<text x="{LEFT}" y="24" font-size="15">{}</text>
<text x="{}" y="{}" text-anchor="middle">{}</text>
<text x="16" y="{}" text-anchor="middle" transform="rotate(-90 16 {})">{}</text>
"##,
            self.title,
            (LEFT + WIDTH - RIGHT) / 2.0,
            HEIGHT - 10.0,
            self.across,
            HEIGHT / 2.0,
            HEIGHT / 2.0,
            self.up,
        );
        for tick in across.ticks() {
            let x = across.place(tick);
            grid(&mut svg, (x, TOP), (x, HEIGHT - BOTTOM));
            label(&mut svg, (x, HEIGHT - BOTTOM + 16.0), "middle", &number(tick));
        }
        for tick in up.ticks() {
            let y = up.place(tick);
            grid(&mut svg, (LEFT, y), (WIDTH - RIGHT, y));
            label(&mut svg, (LEFT - 6.0, y + 4.0), "end", &number(tick));
        }
        for (place, (line, colour)) in self.lines.iter().zip(COLOURS.iter().cycle()).enumerate() {
            let points: Vec<_> = line
                .points
                .iter()
                .map(|&(x, y)| (across.place(x), up.place(y)))
                .collect();
            draw(&mut svg, &points, colour);
            let y = TOP + 12.0 + 20.0 * place as f64;
            put(
                &mut svg,
                format_args!(
                    r#"<text x="{:.1}" y="{y:.1}" fill="{colour}">{}</text>"#,
                    WIDTH - RIGHT + 12.0,
                    line.name
                ),
            );
        }
        svg.push_str("</svg>\n");
        svg
    }
}

fn draw(svg: &mut String, points: &[(f64, f64)], colour: &str) {
    let path: Vec<_> = points.iter().map(|(x, y)| format!("{x:.1},{y:.1}")).collect();
    put(
        svg,
        format_args!(
            r#"<polyline points="{}" fill="none" stroke="{colour}" stroke-width="2"/>"#,
            path.join(" ")
        ),
    );
    for (x, y) in points {
        put(
            svg,
            format_args!(r#"<circle cx="{x:.1}" cy="{y:.1}" r="3" fill="{colour}"/>"#),
        );
    }
}

fn grid(svg: &mut String, (x, y): (f64, f64), (to_x, to_y): (f64, f64)) {
    put(
        svg,
        format_args!(r##"<line x1="{x:.1}" y1="{y:.1}" x2="{to_x:.1}" y2="{to_y:.1}" stroke="#dddddd"/>"##),
    );
}

fn label(svg: &mut String, (x, y): (f64, f64), anchor: &str, text: &str) {
    put(
        svg,
        format_args!(r#"<text x="{x:.1}" y="{y:.1}" text-anchor="{anchor}">{text}</text>"#),
    );
}

fn put(svg: &mut String, element: std::fmt::Arguments<'_>) {
    // Writing to a text cannot fail.
    let _ = writeln!(svg, "{element}");
}

/// Whole powers of ten, around all values.
struct Axis {
    least: f64,
    most: f64,
    from: f64,
    to: f64,
}

impl Axis {
    fn over(values: impl Iterator<Item = f64> + Clone, from: f64, to: f64) -> Self {
        let powers = values.filter(|value| *value > 0.0).map(f64::log10);
        let least = powers.clone().fold(f64::INFINITY, f64::min).floor();
        let most = powers.fold(f64::NEG_INFINITY, f64::max).ceil();
        Self {
            least,
            most: most.max(least + 1.0),
            from,
            to,
        }
    }

    fn place(&self, value: f64) -> f64 {
        let share = (value.log10() - self.least) / (self.most - self.least);
        self.from + share * (self.to - self.from)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        (self.least as i32..=self.most as i32).map(|power| 10f64.powi(power))
    }
}

fn number(value: f64) -> String {
    match value {
        value if value >= 1e6 => format!("{}M", value / 1e6),
        value if value >= 1e3 => format!("{}k", value / 1e3),
        value => format!("{value}"),
    }
}
