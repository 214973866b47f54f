//! Whether the lab can be built here.
