//! Values of JSON to Python's and back.

use pyo3::exceptions::PyException;
use pyo3::prelude::{Bound, IntoPyObject, Py, PyAny, PyAnyMethods, PyErr, PyResult, Python};
use pyo3::sync::PyOnceLock;
use pyo3::types::{
    PyBool, PyBoolMethods, PyBytes, PyBytesMethods, PyDict, PyDictMethods, PyFloat, PyInt, PyList,
    PyListMethods, PyMapping, PyMappingMethods, PyString, PyStringMethods, PyTuple, PyTupleMethods,
};
use serde_json::{Map, Number, Value};

use crate::error::{misuse, wrong_type};

/// How deep a value from Python may be nested: as deep as an answer.
const DEEPEST: usize = 512;

/// A class or function of the Python side. Modules are kept by the interpreter,
/// so this is a look-up in two dictionaries.
pub fn class<'py>(py: Python<'py>, module: &str, name: &str) -> PyResult<Bound<'py, PyAny>> {
    py.import(module)?.getattr(name)
}

/// A class of the Python side that is looked up once.
pub struct Class {
    name: &'static str,
    found: PyOnceLock<Py<PyAny>>,
}

impl Class {
    /// A class of `spola.effects`.
    pub const fn new(name: &'static str) -> Self {
        Self {
            name,
            found: PyOnceLock::new(),
        }
    }

    /// The class.
    pub fn get<'py>(&self, py: Python<'py>) -> PyResult<&Bound<'py, PyAny>> {
        let found = self.found.get_or_try_init(py, || {
            class(py, "spola.effects", self.name).map(Bound::unbind)
        })?;
        Ok(found.bind(py))
    }
}

/// A JSON value as Python's `json.loads` would read it.
pub fn to_python<'py>(py: Python<'py>, value: &Value) -> PyResult<Bound<'py, PyAny>> {
    Ok(match value {
        Value::Null => py.None().into_bound(py),
        Value::Bool(truth) => PyBool::new(py, *truth).to_owned().into_any(),
        Value::Number(number) => number_to_python(py, number)?,
        Value::String(text) => PyString::new(py, text).into_any(),
        Value::Array(items) => {
            let list = PyList::empty(py);
            for item in items {
                list.append(to_python(py, item)?)?;
            }
            list.into_any()
        }
        Value::Object(members) => object_to_python(py, members)?.into_any(),
    })
}

/// A JSON object as a dictionary.
pub fn object_to_python<'py>(
    py: Python<'py>,
    members: &Map<String, Value>,
) -> PyResult<Bound<'py, PyDict>> {
    let dict = PyDict::new(py);
    for (name, value) in members {
        dict.set_item(name, to_python(py, value)?)?;
    }
    Ok(dict)
}

fn number_to_python<'py>(py: Python<'py>, number: &Number) -> PyResult<Bound<'py, PyAny>> {
    if let Some(number) = number.as_i64() {
        return Ok(number.into_pyobject(py)?.into_any());
    }
    let text = number.to_string();
    if text.contains(['.', 'e', 'E']) {
        let float = text.parse().unwrap_or(f64::NAN);
        return Ok(PyFloat::new(py, float).into_any());
    }
    py.get_type::<PyInt>().call1((text,))
}

/// A Python value as JSON; `what` names it in what is raised.
///
/// # Errors
/// `host.wrong-type`, `host.wrong-value`: something that JSON has no form for.
pub fn to_value(value: &Bound<'_, PyAny>, what: &str) -> PyResult<Value> {
    nested(value, &mut vec![what.to_owned()])
}

/// A mapping as a JSON object; nothing as an empty one.
///
/// # Errors
/// As [`to_value`], and anything that is no mapping.
pub fn to_object(value: Option<&Bound<'_, PyAny>>, what: &str) -> PyResult<Map<String, Value>> {
    let Some(value) = value else {
        return Ok(Map::new());
    };
    match to_value(value, what)? {
        Value::Object(members) => Ok(members),
        _ => Err(wrong_type(
            value.py(),
            what,
            value,
            "give a mapping, such as a dict",
        )),
    }
}

fn nested(value: &Bound<'_, PyAny>, path: &mut Vec<String>) -> PyResult<Value> {
    let py = value.py();
    if path.len() > DEEPEST {
        let message = format!("{} is nested over {DEEPEST} deep", path[0]);
        return Err(misuse(py, "host.wrong-value", message, "flatten it"));
    }
    if value.is_none() {
        return Ok(Value::Null);
    }
    if let Ok(truth) = value.cast::<PyBool>() {
        return Ok(Value::Bool(truth.is_true()));
    }
    if let Ok(text) = value.cast::<PyString>() {
        return text_of(text, path).map(Value::String);
    }
    if let Ok(number) = value.cast::<PyInt>() {
        return integer(number, path);
    }
    if let Ok(number) = value.cast::<PyFloat>() {
        return Number::from_f64(number.extract()?)
            .map(Value::Number)
            .ok_or_else(|| unusable(py, path, "is no number that JSON can hold"));
    }
    if let Ok(dict) = value.cast::<PyDict>() {
        let mut members = Map::new();
        for (name, value) in dict.iter() {
            member(&mut members, &name, &value, path)?;
        }
        return Ok(Value::Object(members));
    }
    if value.is_instance_of::<PyList>() || value.is_instance_of::<PyTuple>() {
        return items(value, path);
    }
    if let Ok(mapping) = value.cast::<PyMapping>() {
        let mut members = Map::new();
        for pair in mapping.items()?.iter() {
            let pair = pair.cast_into::<PyTuple>()?;
            member(&mut members, &pair.get_item(0)?, &pair.get_item(1)?, path)?;
        }
        return Ok(Value::Object(members));
    }
    Err(wrong_type(
        py,
        &path.join(""),
        value,
        "give what JSON has: a dict, list, str, int, float, bool or None",
    ))
}

fn items(value: &Bound<'_, PyAny>, path: &mut Vec<String>) -> PyResult<Value> {
    let mut items = Vec::with_capacity(value.len()?);
    for (at, item) in value.try_iter()?.enumerate() {
        path.push(format!("[{at}]"));
        items.push(nested(&item?, path)?);
        path.pop();
    }
    Ok(Value::Array(items))
}

fn member(
    members: &mut Map<String, Value>,
    name: &Bound<'_, PyAny>,
    value: &Bound<'_, PyAny>,
    path: &mut Vec<String>,
) -> PyResult<()> {
    let Ok(name) = name.cast::<PyString>() else {
        let what = format!("a name in {}", path.join(""));
        return Err(wrong_type(name.py(), &what, name, "names are str"));
    };
    let name = text_of(name, path)?;
    path.push(format!("[{name:?}]"));
    let value = nested(value, path)?;
    path.pop();
    members.insert(name, value);
    Ok(())
}

fn text_of(text: &Bound<'_, PyString>, path: &[String]) -> PyResult<String> {
    let is_whole = |text: &Bound<'_, PyString>| text.to_cow().map(|text| text.into_owned());
    is_whole(text).map_err(|_| unusable(text.py(), path, "holds half of a surrogate pair"))
}

fn integer(number: &Bound<'_, PyInt>, path: &[String]) -> PyResult<Value> {
    if let Ok(number) = number.extract::<i64>() {
        return Ok(Value::from(number));
    }
    // `str` of a number may be refused: it is very long.
    let text = class(number.py(), "builtins", "int")?
        .getattr("__repr__")?
        .call1((number,))
        .and_then(|text| text.extract::<String>());
    let read = text.ok().and_then(|text| serde_json::from_str(&text).ok());
    read.ok_or_else(|| unusable(number.py(), path, "is too long a number"))
}

fn unusable(py: Python<'_>, path: &[String], why: &str) -> PyErr {
    let message = format!("{} {why}", path.join(""));
    misuse(py, "host.wrong-value", message, "give what JSON has")
}

/// Bytes from `bytes`, `bytearray`, `memoryview` or anything of that kind.
///
/// # Errors
/// `host.wrong-type`.
pub fn to_bytes(value: &Bound<'_, PyAny>, what: &str) -> PyResult<Vec<u8>> {
    if let Ok(bytes) = value.cast::<PyBytes>() {
        return Ok(bytes.as_bytes().to_vec());
    }
    let py = value.py();
    let refused = || wrong_type(py, what, value, "give bytes");
    if value.is_instance_of::<PyString>() || value.is_instance_of::<PyInt>() || value.is_none() {
        return Err(refused());
    }
    let copied = py
        .get_type::<PyBytes>()
        .call1((class(py, "builtins", "memoryview")?
            .call1((value,))
            .map_err(|error| replaced(py, error, refused))?,))?;
    Ok(copied.cast::<PyBytes>()?.as_bytes().to_vec())
}

/// Puts another exception in the place of an ordinary one.
fn replaced(py: Python<'_>, error: PyErr, by: impl FnOnce() -> PyErr) -> PyErr {
    if error.is_instance_of::<PyException>(py) {
        return by();
    }
    error
}

/// Text.
///
/// # Errors
/// `host.wrong-type`, `host.wrong-value`.
pub fn to_text(value: &Bound<'_, PyAny>, what: &str) -> PyResult<String> {
    match value.cast::<PyString>() {
        Ok(text) => text_of(text, &[what.to_owned()]),
        Err(_) => Err(wrong_type(value.py(), what, value, "give a str")),
    }
}
