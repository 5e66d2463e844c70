// Stands before Prism and writes down what Prism says. Prism's log names a refusal but not its reasons, which are only in
// its answers; so Rollcall talks to this relay, and each exchange becomes one line of JSON in a file:
//
//   {"method": "POST", "path": "/customers/4", "status": 200, "prism": "", "violations": [{"location": [...], ...}]}
//
// "prism" is the error that Prism answered in the API's place, "" where the answer is the API's own.
//
// Usage: node witness.mjs PRISM PREFIX FILE
//
// PREFIX is the path of the document's server. Prism compares a request's path with the document's paths as they stand and
// never looks at that path, so it is taken away here; what does not begin with it is a violation by itself.
import { appendFileSync } from 'node:fs';
import http from 'node:http';

const [prism, prefix, file] = process.argv.slice(2);
const ownErrors = 'https://stoplight.io/prism/errors#';
const ofTheConnection = ['connection', 'keep-alive', 'transfer-encoding', 'content-length'];

// whole reads a message to its end.
async function whole(message) {
  const parts = [];
  for await (const part of message) parts.push(part);
  return Buffer.concat(parts);
}

// ask sends a request on to Prism.
function ask(request, path, body) {
  return new Promise((resolve, reject) => {
    const onward = http.request(prism, { method: request.method, path, headers: request.headers }, async (answer) => {
      try {
        resolve({ status: answer.statusCode, headers: answer.headers, body: await whole(answer) });
      } catch (error) {
        reject(error);
      }
    });
    onward.on('error', reject);
    onward.end(body);
  });
}

// problem is the answer's body if it is a problem of JSON, else {}.
function problem(answer) {
  if (!/^application\/problem\+json/.test(answer.headers['content-type'] ?? '')) return {};
  return JSON.parse(answer.body);
}

// findings are the violations that Prism names: in a header where it passed the answer on, in the body where it did not.
function findings(answer) {
  const header = answer.headers['sl-violations'];
  if (header?.startsWith('[')) return JSON.parse(header);
  if (header) return [{ message: header }]; // too many for the header: Prism cuts them off
  const { type, detail, validation } = problem(answer);
  if (!type?.startsWith(ownErrors)) return [];
  return validation?.map((v) => ({ ...v, location: ['request', ...v.location] })) ?? [{ message: detail }];
}

// refusal is the name of the error that Prism answered by itself.
function refusal(answer) {
  const { type } = problem(answer);
  return type?.startsWith(ownErrors) ? type.slice(ownErrors.length) : '';
}

// refuse makes an answer of the relay's own, in the shape of Prism's.
function refuse(status, name, detail) {
  const body = Buffer.from(JSON.stringify({ type: ownErrors + name, title: detail, status, detail }));
  return { status, headers: { 'content-type': 'application/problem+json' }, body };
}

// exchange brings one request to its answer.
async function exchange(request) {
  const body = await whole(request);
  if (!request.url.startsWith(prefix + '/')) {
    return refuse(404, 'OUTSIDE_OF_SERVER', `the path does not begin with ${prefix}, the path of the document's server`);
  }
  try {
    return await ask(request, request.url.slice(prefix.length), body);
  } catch (error) {
    return refuse(502, 'NO_ANSWER', `Prism did not answer: ${error.message}`);
  }
}

const server = http.createServer(async (request, response) => {
  const answer = await exchange(request);
  const [path] = request.url.split('?');
  appendFileSync(
    file,
    JSON.stringify({
      method: request.method,
      path,
      status: answer.status,
      prism: refusal(answer),
      violations: findings(answer),
    }) + '\n',
  );
  const headers = Object.entries(answer.headers).filter(([name]) => !ofTheConnection.includes(name));
  response.writeHead(answer.status, Object.fromEntries(headers));
  response.end(answer.body);
});

server.listen(0, '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port} is the witness`));
