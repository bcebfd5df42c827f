// Comfort alone: every form works without this file, but that of a passkey, which only a script can ask for. It sends
// nothing by itself and stores nothing.
'use strict';

for (const input of document.querySelectorAll('input[type="password"][data-show]')) addReveal(input);
for (const input of document.querySelectorAll('input[data-strength-from]')) addStrength(input);
for (const input of document.querySelectorAll('input[data-repeats]')) addSameness(input);
for (const time of document.querySelectorAll('time[datetime*="T"]')) addLocalTime(time);
for (const form of document.querySelectorAll('form[data-passkey]')) addPasskey(form);
takeLabel();
for (const form of document.querySelectorAll('form')) form.addEventListener('submit', onSubmit);
// a page that comes back from the browser's cache has its buttons again
addEventListener('pageshow', () => {
  for (const button of document.querySelectorAll('button[data-sent]')) {
    button.disabled = false;
    delete button.dataset.sent;
  }
});

/** The code on a label carries its password behind the `#`, which browsers never send: it is typed for the person, and forgotten. */
function takeLabel() {
  const password = new URLSearchParams(location.hash.slice(1)).get('password');
  if (password === null) return;
  history.replaceState(null, '', location.pathname);
  const input = document.getElementById('labelPassword');
  if (input) input.value = password;
}

/** An instant in the time zone of who reads it; the page itself says UTC. */
function addLocalTime(time) {
  const at = new Date(time.dateTime);
  if (Number.isNaN(at.getTime())) return;
  const shown = {
    day: 'numeric',
    month: 'short',
    year: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  };
  const language = { en: 'en-GB', ms: 'ms-MY' }[document.documentElement.lang];
  time.title = time.textContent;
  time.textContent = new Intl.DateTimeFormat(language, { ...shown, timeZoneName: 'short' }).format(at);
}

/** A button that shows what was typed, and hides it again; hidden before the form is sent. */
function addReveal(input) {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'quiet';
  button.setAttribute('aria-controls', input.id);
  button.addEventListener('click', () => show(input.type === 'password'));
  const show = (shown) => {
    input.type = shown ? 'text' : 'password';
    const word = shown ? input.dataset.hide : input.dataset.show;
    button.textContent = word;
    button.setAttribute('aria-label', `${word}: ${input.dataset.of}`);
  };
  show(false);
  input.after(button);
  input.form?.addEventListener('submit', () => show(false));
}

/** How hard the password is to guess, in a word and a bar, while it is typed. The device decides, not this. */
function addStrength(input) {
  const { meter, word } = addLine(input, true);
  const said = [input.dataset.tooShort, input.dataset.weak, input.dataset.fair, input.dataset.strong];
  const judge = () => {
    const grade = gradeOf(input.value, Number(input.dataset.strengthFrom));
    meter.hidden = input.value === '';
    meter.value = grade + 1;
    say(word, input.value === '' ? '' : said[grade]);
  };
  input.addEventListener('input', judge);
}

/**
 * 0 too short, 1 weak, 2 fair, 3 strong: by length in distinct steps, so that rows and repeats count for little; figures and
 * signs around count for little too, since a word that many use is tried with them.
 */
function gradeOf(password, minimum) {
  const marks = Array.from(password);
  if (marks.length < minimum) return 0;
  const word = password.replace(/^[^\p{L}]+|[^\p{L}]+$/gu, '');
  const core = Array.from(word);
  let steps = Math.min(marks.length - core.length, 2);
  for (let i = 0; i < core.length; i++) {
    const step = i === 0 ? NaN : core[i].codePointAt(0) - core[i - 1].codePointAt(0);
    if (!(Math.abs(step) <= 1)) steps++;
  }
  const kinds = [/\p{Ll}/u, /\p{Lu}/u, /\p{N}/u, /[^\p{L}\p{N}]/u].filter((kind) => kind.test(word)).length;
  const worth = Math.min(steps, new Set(marks).size * 1.5) * (1 + 0.15 * Math.max(kinds - 1, 0));
  if (worth < 10) return 1;
  return worth < 15 ? 2 : 3;
}

/** Whether the repetition is the same. */
function addSameness(input) {
  const first = document.getElementById(input.dataset.repeats);
  if (!first) return;
  const { word } = addLine(input, false);
  const compare = () => {
    if (input.value === '') return say(word, '');
    say(word, input.value === first.value ? input.dataset.same : input.dataset.differs);
  };
  input.addEventListener('input', compare);
  first.addEventListener('input', compare);
}

/** A line below an input, read out politely when it changes. */
function addLine(input, withMeter) {
  const line = document.createElement('p');
  const meter = document.createElement('meter');
  const word = document.createElement('span');
  line.className = 'strength';
  line.id = `${input.id}_live`;
  meter.max = 4;
  meter.low = 2.5;
  meter.high = 3.5;
  meter.optimum = 4;
  meter.hidden = true;
  meter.setAttribute('aria-hidden', 'true');
  word.setAttribute('role', 'status');
  if (withMeter) line.append(meter);
  line.append(word);
  input.closest('.field').append(line);
  return { meter, word };
}

function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** The browser asks the person for a passkey in its own words; the form carries the answer. */
function addPasskey(form) {
  const Key = globalThis.PublicKeyCredential;
  if (!Key?.parseCreationOptionsFromJSON) return;
  const { passkey: does, options, failed, known } = form.dataset;
  const button = form.querySelector('button');
  form.hidden = false;
  form.nextElementSibling.hidden = true;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const asked = JSON.parse(options);
      const made = does === 'create';
      const publicKey = made ? Key.parseCreationOptionsFromJSON(asked) : Key.parseRequestOptionsFromJSON(asked);
      const { id, rawId, type, response } = (await navigator.credentials[does]({ publicKey })).toJSON();
      const { clientDataJSON, attestationObject, authenticatorData, signature } = response;
      const proof = made ? { attestationObject } : { authenticatorData, signature };
      form.elements.passkey.value = JSON.stringify({ id, rawId, type, response: { clientDataJSON, ...proof } });
      form.submit();
    } catch (fault) {
      button.disabled = false;
      say(form.querySelector('[role=status]'), fault.name === 'InvalidStateError' ? known : failed);
    }
  });
}

/** Pressing twice sends once. */
function onSubmit(event) {
  const button = event.submitter;
  if (!button || event.defaultPrevented) return;
  setTimeout(() => {
    button.dataset.sent = '';
    button.disabled = true;
  }, 0);
}
