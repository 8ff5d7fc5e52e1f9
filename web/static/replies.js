// Whose reply it is: a gateway in between answers for a server that is away, and not with a part of the page.

/** Whether a reply comes from something in between; what this server says of its own troubles is led to its place. */
export function isForeign(xhr) {
  return xhr.status >= 500 && !xhr.getResponseHeader("HX-Retarget");
}
