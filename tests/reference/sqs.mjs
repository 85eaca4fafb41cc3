// fauxqs on loopback and silent, which its own command line is not: node sqs.mjs APP PORT
const [app, port] = process.argv.slice(2);
const { buildApp } = await import(app);
await buildApp({ logger: false }).listen({ host: "127.0.0.1", port: Number(port) });
