using BatchesApi.Cli;
using BatchesApi.Hosting;

return Commands.AreSettings(args) ? await ServerFactory.RunAsync(args) : await Commands.RunAsync(args);
