// A third-party identity service, and a collection that verifies its tokens with a third-party
// library. Arguments: the key file, the certificate file, the tenant, the client secret. Prints the
// addresses of both as JSON.
import { createServer } from 'node:https';
import { readFileSync } from 'node:fs';
import { OAuth2Server } from 'oauth2-mock-server';
import { createLocalJWKSet, jwtVerify } from 'jose';

const [key, cert, tenant, secret] = process.argv.slice(2);
const host = 'localhost';

const identity = new OAuth2Server(key, cert, { endpoints: { token: `/${tenant}/oauth2/v2.0/token` } });
await identity.issuer.keys.generate('RS256');
let issued = 0;
identity.service.on('beforeTokenSigning', (token, request) => {
  issued += 1;
  token.payload.aud = String(request.body.scope).replace(/\/\.default$/, '');
  token.payload.roles = ['Machine.Read.All'];
});
identity.service.on('beforeResponse', (response, request) => {
  if (request.body.client_secret !== secret) {
    response.statusCode = 401;
    response.body = { error: 'invalid_client', error_description: 'the secret is not that of the client' };
  }
});
await identity.start(0, host);

const options = { key: readFileSync(key), cert: readFileSync(cert) };
const collection = createServer(options, async (request, response) => {
  const audience = `https://${request.headers.host}`;
  const token = (request.headers.authorization ?? '').replace(/^Bearer /, '');
  try {
    const keys = createLocalJWKSet({ keys: identity.issuer.keys.toJSON() });
    await jwtVerify(token, keys, { issuer: identity.issuer.url, audience });
  } catch (error) {
    response.writeHead(401, { 'content-type': 'application/json' });
    response.end(JSON.stringify({ error: { code: 'InvalidAuthenticationToken', message: error.code } }));
    return;
  }
  const page = Number(new URL(request.url, audience).searchParams.get('$skiptoken') ?? 1);
  const body = { value: [{ id: `device-${page}`, issued }] };
  if (page < 3) body['@odata.nextLink'] = `${audience}/root/machinesecuritystates?$skiptoken=${page + 1}`;
  response.writeHead(200, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
});
collection.listen(0, host, () => {
  const authority = `https://${host}:${identity.address().port}`;
  console.log(JSON.stringify({ authority, root: `https://${host}:${collection.address().port}/root` }));
});
