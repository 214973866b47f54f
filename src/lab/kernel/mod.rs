//! The lab on the kernel's own TCP: two hosts and a wire, each a network namespace of its own.

mod build;
mod carrier;
mod child;
mod conduct;
mod guests;
mod late;
mod observer;
mod pipes;
mod programs;
mod router;
mod settings;
mod stage;

pub use child::child_main;
