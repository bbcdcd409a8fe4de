//! The border: what JavaScript gives, is told and holds.
//!
//! Numbers cross as they are. Texts and bytes are written to where [`give`] says,
//! the last first, and then the function is called that takes them. What a function
//! tells lies at [`told`]. It returns 0 where it gives nothing, a handle or 1 where
//! it gives something, and -1 where it tells the JSON of an error instead.

use std::any::Any;
use std::cell::RefCell;

/// The JSON of an error: what JavaScript throws.
pub struct Thrown(pub String);

/// What a function comes to.
pub type Answer = Result<i32, Thrown>;

/// What JavaScript holds; the first has handle 1.
struct Held {
    slots: Vec<Option<Box<dyn Any>>>,
    /// The handles that can be given anew.
    free: Vec<u32>,
}

impl Held {
    fn slot(&mut self, handle: u32) -> Option<&mut Option<Box<dyn Any>>> {
        self.slots.get_mut((handle as usize).wrapping_sub(1))
    }
}

thread_local! {
    static GIVEN: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) };
    static TOLD: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
    static HELD: RefCell<Held> = const {
        RefCell::new(Held { slots: Vec::new(), free: Vec::new() })
    };
}

/// Makes room for what the next function takes, and says where.
#[unsafe(no_mangle)]
pub extern "C" fn give(length: usize) -> *mut u8 {
    GIVEN.with_borrow_mut(|given| {
        given.push(vec![0; length]);
        given
            .last_mut()
            .map_or(std::ptr::null_mut(), Vec::as_mut_ptr)
    })
}

/// Where lies what the last function told.
#[unsafe(no_mangle)]
pub extern "C" fn told() -> *const u8 {
    TOLD.with_borrow(Vec::as_ptr)
}

/// How long it is.
#[unsafe(no_mangle)]
pub extern "C" fn told_length() -> usize {
    TOLD.with_borrow(Vec::len)
}

/// Drops what a handle stands for.
#[unsafe(no_mangle)]
pub extern "C" fn release(handle: u32) {
    let dropped = HELD.with_borrow_mut(|held| {
        let dropped = held.slot(handle)?.take();
        if dropped.is_some() {
            held.free.push(handle);
        }
        dropped
    });
    drop(dropped);
}

/// Takes the next bytes that were given.
pub fn bytes() -> Vec<u8> {
    GIVEN.with_borrow_mut(Vec::pop).unwrap_or_default()
}

/// Takes the next text that was given.
pub fn text() -> String {
    String::from_utf8(bytes()).unwrap_or_default()
}

/// Tells bytes.
pub fn tell_bytes(bytes: Vec<u8>) -> Answer {
    TOLD.set(bytes);
    Ok(1)
}

/// Tells a text.
pub fn tell(text: String) -> Answer {
    tell_bytes(text.into_bytes())
}

/// Tells a text where there is one.
pub fn tell_any(text: Option<String>) -> Answer {
    text.map_or(Ok(0), tell)
}

/// Gives something to be held.
pub fn hold(held: impl Any) -> Answer {
    hold_boxed(Box::new(held))
}

fn hold_boxed(one: Box<dyn Any>) -> Answer {
    HELD.with_borrow_mut(|held| {
        let handle = held.free.pop().unwrap_or(held.slots.len() as u32 + 1);
        match held.slot(handle) {
            Some(slot) => *slot = Some(one),
            None => held.slots.push(Some(one)),
        }
        Ok(handle as i32)
    })
}

/// What a function returns.
pub fn answer(answer: Answer) -> i32 {
    // What it did not come to take is not for the next one.
    GIVEN.take();
    answer.unwrap_or_else(|Thrown(json)| {
        TOLD.set(json.into_bytes());
        -1
    })
}

/// Asks what a handle stands for.
#[inline(never)]
pub fn with<T: 'static>(handle: u32, ask: &mut dyn FnMut(&mut T) -> Answer) -> i32 {
    // It is taken out meanwhile: what it gives may be held beside it.
    let mut one = HELD.with_borrow_mut(|held| held.slot(handle)?.take());
    let found = one.as_mut().and_then(|one| one.downcast_mut());
    let told = answer(found.map_or(Ok(0), ask));
    HELD.with_borrow_mut(|held| {
        if let Some(slot) = held.slot(handle) {
            *slot = one;
        }
    });
    told
}
