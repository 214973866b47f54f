//! TCP's states and what leads from one to the next (RFC 9293, section 3.3.2, figure 5).

use crate::render::picture::canvas::{Canvas, FAINT, GROUND, OPEN, PLAIN, Paint, put, sized};

/// From a state to another: what comes or is wanted, and what goes out.
pub(super) struct Way {
    pub(super) from: &'static str,
    pub(super) to: &'static str,
    /// What the program does, or what arrives.
    pub(super) when: &'static str,
    /// The segment that is sent then; empty where none is.
    pub(super) sends: &'static str,
    /// Where that is written.
    label: Label,
}

type Label = (usize, usize, &'static str);

const fn way(
    from: &'static str,
    to: &'static str,
    when: &'static str,
    sends: &'static str,
    label: Label,
) -> Way {
    Way { from, to, when, sends, label }
}

/// All of the figure, and the two that its notes add (a reset brings a server's half-open connection back to LISTEN; FIN and the ACK of
/// one's own FIN may come together).
pub(super) const WAYS: [Way; 21] = [
    way("CLOSED", "LISTEN", "listen", "", (560, 124, "start")),
    way("CLOSED", "SYN-SENT", "connect", "SYN", (924, 76, "start")),
    way("LISTEN", "CLOSED", "close", "", (450, 82, "end")),
    way("LISTEN", "SYN-RECEIVED", "SYN comes", "SYN-ACK", (358, 226, "start")),
    way("LISTEN", "SYN-SENT", "send", "SYN", (660, 172, "middle")),
    way("SYN-SENT", "CLOSED", "close", "", (800, 124, "end")),
    way("SYN-SENT", "SYN-RECEIVED", "SYN comes", "SYN-ACK", (590, 284, "start")),
    way("SYN-SENT", "ESTABLISHED", "SYN-ACK comes", "ACK", (864, 300, "start")),
    way("SYN-RECEIVED", "ESTABLISHED", "ACK comes", "", (352, 380, "start")),
    way("SYN-RECEIVED", "LISTEN", "RST comes", "", (300, 232, "end")),
    way("SYN-RECEIVED", "FIN-WAIT-1", "close", "FIN", (318, 404, "end")),
    way("ESTABLISHED", "FIN-WAIT-1", "close", "FIN", (606, 470, "start")),
    way("ESTABLISHED", "CLOSE-WAIT", "FIN comes", "ACK", (870, 424, "start")),
    way("FIN-WAIT-1", "FIN-WAIT-2", "ACK comes", "", (318, 628, "end")),
    way("FIN-WAIT-1", "CLOSING", "FIN comes", "ACK", (600, 534, "start")),
    way("FIN-WAIT-1", "TIME-WAIT", "FIN and ACK come", "ACK", (341, 666, "start")),
    way("FIN-WAIT-2", "TIME-WAIT", "FIN comes", "ACK", (505, 784, "middle")),
    way("CLOSING", "TIME-WAIT", "ACK comes", "", (738, 680, "start")),
    way("CLOSE-WAIT", "LAST-ACK", "close", "FIN", (1054, 560, "start")),
    way("LAST-ACK", "CLOSED", "ACK comes", "", (1054, 694, "start")),
    way("TIME-WAIT", "CLOSED", "two MSL pass", "", (860, 784, "middle")),
];

/// Where each state stands; CLOSED stands at both ends.
const PLACES: [(&str, usize, usize); 12] = [
    ("CLOSED", 680, 36),
    ("LISTEN", 330, 150),
    ("SYN-SENT", 1040, 150),
    ("SYN-RECEIVED", 330, 310),
    ("ESTABLISHED", 680, 396),
    ("FIN-WAIT-1", 330, 504),
    ("CLOSE-WAIT", 1040, 504),
    ("CLOSING", 740, 612),
    ("FIN-WAIT-2", 330, 740),
    ("TIME-WAIT", 680, 740),
    ("LAST-ACK", 1040, 634),
    ("CLOSED", 1040, 740),
];
/// Half of a box.
const HALF: (usize, usize) = (98, 25);

/// What leads to the end: the CLOSED at the bottom is meant.
fn place(name: &str, end: bool) -> Option<(usize, usize)> {
    let mut all = PLACES.iter().filter(|(known, ..)| *known == name);
    let found = if end { all.next_back() } else { all.next() };
    found.map(|(_, x, y)| (*x, *y))
}

impl Way {
    /// What happens, and what goes out.
    pub(super) fn says(&self) -> String {
        match self.sends {
            "" => self.when.to_owned(),
            sends => format!("{}: {sends} goes out", self.when),
        }
    }
}

/// Draws them; `meant` is marked.
pub(super) fn draw(canvas: &mut Canvas, meant: Option<&str>) {
    let top = canvas.y;
    let is_meant = |name: &str| meant == Some(name);
    for way in &WAYS {
        let end = matches!(way.from, "TIME-WAIT" | "LAST-ACK");
        let (Some(from), Some(to)) = (place(way.from, false), place(way.to, end)) else { continue };
        let both = WAYS.iter().any(|other| other.from == way.to && other.to == way.from);
        let near = is_meant(way.from) || is_meant(way.to);
        arrow(canvas, top, (from, to), both, near);
    }
    for way in &WAYS {
        let (x, y, anchor) = way.label;
        let near = is_meant(way.from) || is_meant(way.to);
        let (paint, weight) = if near { (PLAIN, " font-weight=\"600\"") } else { (FAINT, "") };
        let (colon, out) =
            if way.sends.is_empty() { ("", String::new()) } else { (":", format!("{} goes out", way.sends)) };
        for (line, text) in
            [format!("{}{colon}", way.when), out].iter().enumerate().filter(|(_, text)| !text.is_empty())
        {
            canvas.mark(format_args!(
                "<text class=\"{} lg\" x=\"{x}\" y=\"{}\" font-size=\"17\" text-anchor=\"{anchor}\"{weight} fill=\"{}\" stroke=\"{}\" \
                 stroke-width=\"5\" paint-order=\"stroke\">{text}</text>",
                paint.class,
                y + top + line * 20,
                paint.light,
                GROUND.light
            ));
        }
    }
    for (name, x, y) in PLACES {
        let ground = if is_meant(name) { OPEN } else { GROUND };
        let (width, edge) = if is_meant(name) { (6, PLAIN) } else { (2, FAINT) };
        canvas.mark(format_args!(
            "<rect class=\"{} l{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\" rx=\"10\" fill=\"{}\" stroke=\"{}\" stroke-width=\"{width}\"/>",
            ground.class,
            edge.class,
            x - HALF.0,
            y + top - HALF.1,
            HALF.0 * 2,
            HALF.1 * 2,
            ground.light,
            edge.light
        ));
        let look = sized(20).anchored("middle");
        let look = if is_meant(name) { look.bold() } else { look };
        canvas.text(x, y + top + 7, PLAIN, &look, name);
    }
    if let Some(meant) = meant {
        put(&mut canvas.told, format_args!("{meant} is meant."));
    }
    for way in &WAYS {
        put(&mut canvas.told, format_args!("{} to {}: {}.", way.from, way.to, way.says()));
    }
    canvas.y = top + 816;
}

/// From the edge of a box to that of another; where there is a way back, beside it.
fn arrow(
    canvas: &mut Canvas,
    top: usize,
    (from, to): ((usize, usize), (usize, usize)),
    both: bool,
    near: bool,
) {
    let point = |(x, y): (usize, usize)| (x as f64, (y + top) as f64);
    let ((x1, y1), (x2, y2)) = (point(from), point(to));
    let (dx, dy) = (x2 - x1, y2 - y1);
    let length = dx.hypot(dy);
    let (ux, uy) = (dx / length, dy / length);
    let aside = if both { 12.0 } else { 0.0 };
    let (sx, sy) = (uy * aside, -ux * aside);
    // How far it is from beside a box's middle to its edge on this way.
    let edge = |ux: f64, uy: f64| {
        let along = |u: f64, half: usize, s: f64| {
            if u.abs() < 1e-9 { f64::MAX } else { (half as f64 * u.signum() - s) / u }
        };
        along(ux, HALF.0, sx).min(along(uy, HALF.1, sy))
    };
    let (start, end) = (edge(ux, uy), length - edge(-ux, -uy));
    let at = |by: f64| (x1 + sx + ux * by, y1 + sy + uy * by);
    let ((ax, ay), (bx, by)) = (at(start), at(end - 14.0));
    let (tip, base) = (at(end - 2.0), at(end - 18.0));
    let paint: Paint = if near { PLAIN } else { FAINT };
    let width = if near { 4 } else { 2 };
    let line = format!("M{ax:.0} {ay:.0}L{bx:.0} {by:.0}");
    canvas.mark(format_args!(
        "<path class=\"l{}\" d=\"{line}\" stroke=\"{}\" stroke-width=\"{width}\" fill=\"none\"/>",
        paint.class, paint.light
    ));
    let (wx, wy) = (uy * 8.0, -ux * 8.0);
    let head = format!(
        "M{:.0} {:.0}L{:.0} {:.0}L{:.0} {:.0}Z",
        tip.0,
        tip.1,
        base.0 + wx,
        base.1 + wy,
        base.0 - wx,
        base.1 - wy
    );
    canvas.mark(format_args!("<path class=\"{}\" d=\"{head}\" fill=\"{}\"/>", paint.class, paint.light));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::TcpState;

    #[test]
    fn each_state_has_its_place_and_a_way_to_it_and_from_it() {
        for state in TcpState::ALL {
            let name = state.name();
            assert!(place(name, false).is_some(), "{name}");
            assert!(WAYS.iter().any(|way| way.to == name), "{name}: no way to it");
            assert!(WAYS.iter().any(|way| way.from == name), "{name}: no way from it");
        }
        for way in &WAYS {
            assert!(place(way.from, false).is_some() && place(way.to, true).is_some(), "{}", way.says());
        }
    }
}
