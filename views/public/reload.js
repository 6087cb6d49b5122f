// A page that waits for the phone looks again by itself; without JavaScript its refresh does.
setTimeout(() => globalThis.location.reload(), 3000);
