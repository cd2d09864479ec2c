//! Tests through the public doors of the library and the console, in one binary.

mod plan_data;
