//! How colours look to every eye: contrast, and how far two are apart. The arithmetic of two papers and of WCAG.

#![allow(dead_code, reason = "each test file uses its part of this")]

type Rgb = [f64; 3];

/// What is seen of linear light: by most; without red, green and blue cones (Machado, Oliveira, Fernandes 2009, severity 1).
const VISION: [[Rgb; 3]; 4] = [
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
];

fn linear(color: [u8; 3]) -> Rgb {
    color.map(|part| {
        let part = f64::from(part) / 255.0;
        if part <= 0.04045 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
    })
}

fn dot([a, b, c]: Rgb, [x, y, z]: Rgb) -> f64 {
    a * x + b * y + c * z
}

/// CIE L*a*b* of linear sRGB, under D65.
fn lab(light: Rgb) -> Rgb {
    let [x, y, z] = [
        dot([0.4124564, 0.3575761, 0.1804375], light) / 0.95047,
        dot([0.2126729, 0.7151522, 0.0721750], light),
        dot([0.0193339, 0.1191920, 0.9503041], light) / 1.08883,
    ]
    .map(|t| if t > 216.0 / 24389.0 { t.cbrt() } else { (24389.0 / 27.0 * t + 16.0) / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

/// CIEDE2000: about 2 is the least that is seen side by side.
fn difference([l1, a1, b1]: Rgb, [l2, a2, b2]: Rgb) -> f64 {
    let share = |chroma: f64| (chroma.powi(7) / (chroma.powi(7) + 25f64.powi(7))).sqrt();
    let stretch = 1.0 + 0.5 * (1.0 - share((a1.hypot(b1) + a2.hypot(b2)) / 2.0));
    let (a1, a2) = (a1 * stretch, a2 * stretch);
    let (c1, c2) = (a1.hypot(b1), a2.hypot(b2));
    let [h1, h2] = [(a1, b1), (a2, b2)].map(|(a, b)| b.atan2(a).to_degrees().rem_euclid(360.0));
    let turn = (h2 - h1 + 180.0).rem_euclid(360.0) - 180.0;
    let (mean_l, mean_c, mean_h) = ((l1 + l2) / 2.0, (c1 + c2) / 2.0, h1 + turn / 2.0);
    let cos = |degrees: f64| degrees.to_radians().cos();
    let t = 1.0 - 0.17 * cos(mean_h - 30.0) + 0.24 * cos(2.0 * mean_h) + 0.32 * cos(3.0 * mean_h + 6.0)
        - 0.20 * cos(4.0 * mean_h - 63.0);
    let off = (mean_l - 50.0).powi(2);
    let l = (l2 - l1) / (1.0 + 0.015 * off / (20.0 + off).sqrt());
    let c = (c2 - c1) / (1.0 + 0.045 * mean_c);
    let h = 2.0 * (c1 * c2).sqrt() * (turn / 2.0).to_radians().sin() / (1.0 + 0.015 * mean_c * t);
    let bend = 30.0 * (-((mean_h.rem_euclid(360.0) - 275.0) / 25.0).powi(2)).exp();
    let twist = -(2.0 * bend).to_radians().sin() * 2.0 * share(mean_c);
    (l * l + c * c + h * h + twist * c * h).sqrt()
}

/// How far two colours are apart for the eye that tells them apart worst.
pub(crate) fn apart(one: [u8; 3], other: [u8; 3]) -> f64 {
    let seen = |color: [u8; 3], vision: [Rgb; 3]| {
        let light = linear(color);
        lab(vision.map(|row| dot(row, light).clamp(0.0, 1.0)))
    };
    VISION
        .map(|vision| difference(seen(one, vision), seen(other, vision)))
        .into_iter()
        .fold(f64::MAX, f64::min)
}

/// WCAG 2.2's contrast ratio.
pub(crate) fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let [one, other] = [one, other].map(|color| dot([0.2126, 0.7152, 0.0722], linear(color)) + 0.05);
    one.max(other) / one.min(other)
}

#[test]
fn the_measures_are_those_that_were_published() {
    // Sharma, Wu, Dalal 2005, pairs 1, 4, 13, 20 and 25 of their test data: where the usual slips show.
    for (one, other, published) in [
        ([50.0, 2.6772, -79.7751], [50.0, 0.0, -82.7485], 2.0425),
        ([50.0, -1.3802, -84.2814], [50.0, 0.0, -82.7485], 1.0),
        ([50.0, -0.0010, 2.4900], [50.0, 0.0009, -2.4900], 4.8045),
        ([50.0, 2.5, 0.0], [73.0, 25.0, -18.0], 27.1492),
        ([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387], 1.2644),
    ] {
        let found = difference(one, other);
        assert!((found - published).abs() < 0.0001, "{found} {published}");
    }
    assert!((contrast([0; 3], [255; 3]) - 21.0).abs() < 1e-9);
}
