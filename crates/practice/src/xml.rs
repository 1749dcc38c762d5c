//! Writing the small XML answers of the query protocol and of refusals.

/// Text with the five characters escaped that XML reserves.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&apos;"),
            c if c < ' ' && c != '\n' && c != '\t' => {
                escaped.push_str(&format!("&#x{:X};", c as u32));
            }
            c => escaped.push(c),
        }
    }
    escaped
}

/// `<name>text</name>` with the text escaped.
pub(crate) fn element(name: &str, text: &str) -> String {
    format!("<{name}>{}</{name}>", escape(text))
}

/// `<name>inner</name>` around XML that is written already.
pub(crate) fn wrap(name: &str, inner: &str) -> String {
    format!("<{name}>{inner}</{name}>")
}

/// An S3 error document; `details` are further elements beside Code and Message.
pub(crate) fn s3_error(
    code: &str,
    message: &str,
    details: &[(&str, String)],
    request_id: &str,
) -> String {
    let mut inner = element("Code", code) + &element("Message", message);
    for (name, text) in details {
        inner.push_str(&element(name, text));
    }
    inner.push_str(&element("RequestId", request_id));
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n{}",
        wrap("Error", &inner)
    )
}
