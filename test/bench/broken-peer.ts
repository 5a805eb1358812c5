/** A contestant that fails: it ends with an error, or never answers. */
if (process.argv[2] !== 'silent') throw new Error('this peer does not work here');
process.on('message', () => {});
