//! What is asked before something is lost.
