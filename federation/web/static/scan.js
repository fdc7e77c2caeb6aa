// The scanner: a form with data-scan takes a card by camera, picture, drop or paste. Without this
// script the same form takes a picture or a pasted text and is sent by its button.
"use strict";
(() => {
  const form = document.querySelector("form[data-scan]");
  if (!form) return;
  const say = form.dataset;
  const status = form.querySelector("[data-scan-status]");
  const video = form.querySelector("video");
  const open = form.querySelector("[data-scan-open]");
  const close = form.querySelector("[data-scan-close]");
  const picture = form.querySelector("input[type=file]");
  const text = form.querySelector("textarea");
  const LOOK_MS = 120; // between two looks: a code is read at once, and the phone stays cool
  const SIDE_MAX = 1280; // pixels of a frame's longer side that are looked at
  let stream = null;
  let sent = false;

  function tell(words) { status.textContent = words || ""; }

  function send() {
    if (sent) return;
    sent = true;
    stop();
    tell(say.reading);
    form.classList.add("busy");
    form.requestSubmit();
  }

  function sendText(found) { text.value = found; picture.value = ""; send(); }

  function sendFile(files) {
    if (!files || !files.length) return;
    picture.files = files;
    text.value = "";
    send();
  }

  function stop() {
    if (stream) stream.getTracks().forEach((track) => track.stop());
    stream = null;
    video.srcObject = null;
    form.classList.remove("looking");
  }

  function load(address) {
    return new Promise((done, failed) => {
      const script = document.createElement("script");
      script.src = address;
      script.onload = done;
      script.onerror = () => failed(new Error(address));
      document.head.append(script);
    });
  }

  // Gives a function from a canvas to the texts of the codes in it.
  async function reader() {
    if ("BarcodeDetector" in window) {
      const formats = await BarcodeDetector.getSupportedFormats();
      if (formats.includes("qr_code")) {
        const own = new BarcodeDetector({ formats: ["qr_code"] });
        return async (canvas) => (await own.detect(canvas)).map((code) => code.rawValue);
      }
    }
    await load(say.reader);
    await ZXingWASM.prepareZXingModule({
      overrides: { locateFile: () => say.wasm }, fireImmediately: true,
    });
    return async (canvas) => {
      const frame = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      const found = await ZXingWASM.readBarcodes(frame, { formats: ["QRCode"], maxNumberOfSymbols: 4 });
      return found.map((code) => code.text);
    };
  }

  function ours(found) { return found.find((one) => /^\s*commontab:/i.test(one)); }

  async function look(read) {
    const canvas = document.createElement("canvas");
    canvas.getContext("2d", { willReadFrequently: true });
    while (stream) {
      if (video.readyState >= 2 && video.videoWidth) {
        const scale = Math.min(1, SIDE_MAX / Math.max(video.videoWidth, video.videoHeight));
        canvas.width = Math.round(video.videoWidth * scale);
        canvas.height = Math.round(video.videoHeight * scale);
        canvas.getContext("2d").drawImage(video, 0, 0, canvas.width, canvas.height);
        const found = await read(canvas);
        if (!stream) return;
        const card = ours(found);
        if (card) { sendText(card); return; }
        tell(found.length ? say.other : say.looking);
      }
      await new Promise((next) => setTimeout(next, LOOK_MS));
    }
  }

  function why(error) {
    if (error.name === "NotAllowedError" || error.name === "SecurityError") return say.denied;
    if (error.name === "NotFoundError" || error.name === "OverconstrainedError") return say.none;
    if (error.name === "NotReadableError" || error.name === "AbortError") return say.taken;
    return say.broken;
  }

  async function start() {
    if (stream) return;
    if (!navigator.mediaDevices) { tell(window.isSecureContext ? say.none : say.insecure); return; }
    tell(say.opening);
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false, video: { facingMode: "environment", width: { ideal: 1280 } },
      });
      form.classList.add("looking");
      video.srcObject = stream;
      await video.play();
      tell(say.looking);
      close.focus();
      await look(await reader());
    } catch (error) {
      const left = stream === null && error.name === "AbortError";
      stop();
      if (!left) { tell(why(error)); open.focus(); }
    }
  }

  open.hidden = false;
  open.addEventListener("click", start);
  close.addEventListener("click", () => { stop(); tell(""); open.focus(); });
  picture.addEventListener("change", () => sendFile(picture.files));
  for (const kind of ["dragenter", "dragover"]) {
    form.addEventListener(kind, (event) => { event.preventDefault(); form.classList.add("over"); });
  }
  form.addEventListener("dragleave", (event) => {
    if (!form.contains(event.relatedTarget)) form.classList.remove("over");
  });
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    form.classList.remove("over");
    if (event.dataTransfer.files.length) sendFile(event.dataTransfer.files);
    else if (event.dataTransfer.getData("text")) sendText(event.dataTransfer.getData("text"));
  });
  document.addEventListener("paste", (event) => {
    const files = event.clipboardData.files;
    if (files.length) { event.preventDefault(); sendFile(files); return; }
    const pasted = event.clipboardData.getData("text");
    if (/^\s*commontab:/i.test(pasted)) { event.preventDefault(); sendText(pasted); }
  });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => { if (event.persisted) { sent = false; form.classList.remove("busy"); tell(""); } });
  if (location.hash === "#camera") start();
})();
