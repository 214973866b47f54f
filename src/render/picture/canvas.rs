//! What every SVG is drawn on: colours for light and for dark, text, lines, and what a screen reader is told.
//!
//! Colours stand as attributes, for programs that read no style; a style changes them where the reader prefers dark.

use std::fmt::Write;

use super::xml;

/// All of them are so wide.
pub(super) const WIDTH: usize = 1280;
/// From the edge.
pub(super) const MARGIN: usize = 28;

/// For people first, then those that each system has.
const SANS: &str =
    "system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', 'Liberation Sans', Arial, sans-serif";
const MONO: &str = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'Liberation Mono', monospace";

/// What something is drawn with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Paint {
    pub(super) class: &'static str,
    pub(super) light: &'static str,
    pub(super) dark: &'static str,
}

pub(super) const fn paint(class: &'static str, light: &'static str, dark: &'static str) -> Paint {
    Paint { class, light, dark }
}

pub(super) const GROUND: Paint = paint("g", "#ffffff", "#0f141a");
pub(super) const PLAIN: Paint = paint("p", "#1c2128", "#e8edf2");
pub(super) const FAINT: Paint = paint("f", "#57606a", "#9aa5b1");
pub(super) const RAIL: Paint = paint("r", "#aeb7c0", "#4a545f");
pub(super) const CLIENT: Paint = paint("c", "#0a5fa5", "#74b9ff");
pub(super) const SERVER: Paint = paint("s", "#924600", "#f5a962");
pub(super) const ALARM: Paint = paint("a", "#d0004f", "#ff6b9d");
pub(super) const OPEN: Paint = paint("o", "#dbe7f2", "#23303d");

/// How a line of text looks.
pub(super) struct Type {
    size: usize,
    bold: bool,
    mono: bool,
    /// `start`, `middle` or `end`.
    anchor: &'static str,
}

pub(super) const fn sized(size: usize) -> Type {
    Type { size, bold: false, mono: false, anchor: "start" }
}

impl Type {
    pub(super) const fn bold(self) -> Type {
        Type { bold: true, ..self }
    }

    pub(super) const fn mono(self) -> Type {
        Type { mono: true, ..self }
    }

    pub(super) const fn anchored(self, anchor: &'static str) -> Type {
        Type { anchor, ..self }
    }
}

/// What is drawn so far.
#[derive(Default)]
pub(super) struct Canvas {
    /// What lies below all else.
    pub(super) below: String,
    marks: String,
    /// What a screen reader reads.
    pub(super) told: String,
    /// How far down it goes.
    pub(super) y: usize,
}

impl Canvas {
    pub(super) fn mark(&mut self, mark: std::fmt::Arguments<'_>) {
        put(&mut self.marks, mark);
    }

    pub(super) fn text(&mut self, x: usize, y: usize, paint: Paint, look: &Type, text: &str) {
        let Paint { class, light, .. } = paint;
        let weight = if look.bold { " font-weight=\"600\"" } else { "" };
        let family =
            if look.mono { format!(" font-family=\"{MONO}\" xml:space=\"preserve\"") } else { String::new() };
        let anchor = match look.anchor {
            "start" => String::new(),
            anchor => format!(" text-anchor=\"{anchor}\""),
        };
        let (size, text) = (look.size, xml(text));
        self.mark(format_args!(
            "<text class=\"{class}\" x=\"{x}\" y=\"{y}\" font-size=\"{size}\"{weight}{family}{anchor} fill=\"{light}\">{text}</text>"
        ));
    }

    pub(super) fn line(
        &mut self,
        (x1, y1): (usize, usize),
        (x2, y2): (usize, usize),
        paint: Paint,
        width: usize,
    ) {
        let Paint { class, light, .. } = paint;
        self.mark(format_args!(
            "<path class=\"l{class}\" d=\"M{x1} {y1}L{x2} {y2}\" stroke=\"{light}\" stroke-width=\"{width}\" fill=\"none\"/>"
        ));
    }

    /// The drawing as a part of a page, whose style has the colours ([`style_of`]).
    pub(super) fn inline(self, title: &str) -> String {
        let height = self.y;
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\" font-family=\"{SANS}\">\n{}{}</svg>\n",
            xml(title),
            self.below,
            self.marks
        )
    }

    /// The whole file. `paints`: those that are used.
    pub(super) fn finish(self, title: &str, paints: &[Paint], extra: &str) -> String {
        let height = self.y;
        let style = style_of(paints, "");
        let Paint { class, light, .. } = GROUND;
        let title = xml(title);
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" width=\"{WIDTH}\" height=\"{height}\" \
             role=\"img\" aria-labelledby=\"netlab-title netlab-desc\" font-family=\"{SANS}\">\n\
             <title id=\"netlab-title\">{title}</title>\n<desc id=\"netlab-desc\">\n{}</desc>\n<style>{style}</style>\n{extra}\
             <rect class=\"{class}\" width=\"{WIDTH}\" height=\"{height}\" fill=\"{light}\"/>\n{}{}</svg>\n",
            self.told, self.below, self.marks
        )
    }
}

/// What changes the colours where the reader prefers dark; `media`: where that counts, `screen and` where paper is white.
pub(super) fn style_of(paints: &[Paint], media: &str) -> String {
    let mut style = format!("@media {media}(prefers-color-scheme: dark) {{");
    for Paint { class, dark, .. } in paints {
        style.push_str(&format!(".{class}{{fill:{dark}}}.l{class}{{stroke:{dark}}}"));
    }
    style.push('}');
    style
}

/// Adds a line.
pub(super) fn put(out: &mut String, what: std::fmt::Arguments<'_>) {
    let written = writeln!(out, "{what}");
    debug_assert!(written.is_ok(), "writing to a String does not fail");
}
