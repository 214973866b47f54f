//! Questions about TLS: what can be seen of it without keys.

use crate::story::What;

use super::question::Choice;
use super::scene::{Draft, Scene, value};

/// What does a bystander learn of the first words?
pub(super) fn bystander(scene: &Scene<'_>) -> Option<Draft> {
    let step = scene.said(&[What::TlsClientHello])?;
    let name = value(step, "sni").filter(|name| !name.is_empty())?;
    let right = Choice::new("the server's name", None).or("name").or("server name").or(name);
    let draft = Draft::new(step, right).wrong(Choice::new("nothing", Some("nothing")));
    let draft = draft.wrong(Choice::new("which page is asked for", Some("page")).or("page"));
    Some(draft.wrong(Choice::new("cookies and passwords", Some("cookies")).or("cookies")))
}
