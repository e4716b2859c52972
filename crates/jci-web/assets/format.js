// How times, sizes and names look to people.

import { h } from "./dom.js";

const UNITS = [
  [60, "s"],
  [60, "min"],
  [24, "h"],
  [30, "d"],
  [12, "mo"],
  [Infinity, "y"],
];

/** `5 min ago`, counted from `now`. */
export function ago(time, now = Date.now()) {
  let amount = Math.max(0, (now - Date.parse(time)) / 1000);
  if (!Number.isFinite(amount)) return time;
  if (amount < 5) return "just now";
  for (const [size, unit] of UNITS) {
    if (amount < size) return `${Math.floor(amount)} ${unit} ago`;
    amount /= size;
  }
  return time;
}

/** A moment in the reader's own time zone. */
export function moment(time) {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time;
  return `${date.toLocaleDateString(undefined, { weekday: "short", year: "numeric", month: "short", day: "numeric" })}, ${clock(date)}`;
}

/** `14:03:21`, with milliseconds where they are asked for. */
export function clock(date, withMilliseconds = false) {
  const two = (number) => String(number).padStart(2, "0");
  const text = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return withMilliseconds ? `${text}.${String(date.getMilliseconds()).padStart(3, "0")}` : text;
}

/** An element that says how long ago something was, and goes on to be right. */
export function since(time) {
  return h("time", { datetime: time, title: moment(time), "data-ago": "" }, ago(time));
}

/** Keeps all that `since` made right. */
export function keepTimesRight() {
  setInterval(() => {
    for (const element of document.querySelectorAll("time[data-ago]")) {
      const text = ago(element.dateTime);
      if (element.textContent !== text) element.textContent = text;
    }
    for (const element of document.querySelectorAll("[data-running-since]")) {
      element.textContent = duration(Date.now() - Date.parse(element.dataset.runningSince));
    }
  }, 1000);
}

/** `41.3 s`, `3 min 20 s`, `2 h 5 min`. */
export function duration(milliseconds) {
  const seconds = Math.max(0, milliseconds) / 1000;
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `1.4 MiB`. */
export function size(bytes) {
  if (bytes < 1024) return `${bytes} B`;
  let amount = bytes;
  for (const unit of ["KiB", "MiB", "GiB", "TiB"]) {
    amount /= 1024;
    if (amount < 1024) return `${amount < 10 ? amount.toFixed(1) : Math.round(amount)} ${unit}`;
  }
  return `${Math.round(amount)} TiB`;
}

/** `1 line`, `1,204 lines`. */
export function count(number, one, many = `${one}s`) {
  return `${number.toLocaleString("en")} ${number === 1 ? one : many}`;
}

/** The start of an id, long enough to name it. */
export function short(id) {
  return id.slice(0, 10);
}
