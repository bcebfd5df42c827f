import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { HostileRepository } from './hostile-repository.ts';

/** A repository in an attacker's hands, on loopback: `metadata/` and `targets/` below its address. */
export interface ServedRepository {
  readonly metadataUrl: string;
  readonly targetsUrl: string;
  /** paths asked for, in their order */
  readonly asked: string[];
  /** what is answered below a path, instead of what the repository has */
  readonly answers: Map<string, (response: ServerResponse) => void>;
  readonly close: () => Promise<void>;
}

export const serveRepository = async (repository: HostileRepository): Promise<ServedRepository> => {
  const asked: string[] = [];
  const answers: ServedRepository['answers'] = new Map();
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const answer = answers.get(path);
    if (answer) {
      answer(response);
      return;
    }
    const [, folder, address] = path.match(/^\/(metadata|targets)\/(.*)$/) ?? [];
    const found = folder === 'metadata' ? repository.file(address ?? '') : repository.artifact(address ?? '');
    if (found) response.end(found);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    metadataUrl: `${url}/metadata`,
    targetsUrl: `${url}/targets`,
    asked,
    answers,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
