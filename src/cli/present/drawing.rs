//! A story that becomes a picture: drawn and delivered once nothing more comes.

use netlab::render::picture::Around;

use super::Presenter;
use crate::cli::picture::deliver;

impl Presenter<'_> {
    /// Whether there is a picture, which now holds this remark.
    #[cfg(all(feature = "live", target_os = "linux"))]
    pub(crate) fn draws(&mut self, remark: &str) -> bool {
        self.picture.as_mut().map(|(picture, _)| picture.remark(remark)).is_some()
    }

    /// Nothing more comes: a picture that its summary has not ended is drawn as far as it got.
    #[cfg(all(feature = "live", target_os = "linux"))]
    pub(crate) fn close(&mut self) -> anyhow::Result<()> {
        if self.picture.is_some() {
            self.rest()?;
            self.deliver(&[const { Vec::new() }; 3])?;
        }
        Ok(())
    }

    /// Draws the picture, and brings it to where it is wanted.
    pub(super) fn deliver(&mut self, closing: &[Vec<String>; 3]) -> anyhow::Result<()> {
        let Some((picture, to)) = self.picture.take() else { return Ok(()) };
        let around = Around {
            banner: &self.banner,
            head: &self.head,
            closing,
            book: &self.book,
            level: self.out.level,
            verbose: self.out.verbose,
        };
        let mut drawn = Vec::new();
        picture.draw(&around, &mut drawn)?;
        deliver(&drawn, &to, self.out)
    }
}
