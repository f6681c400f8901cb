using BatchesApi.Admin;
using BatchesApi.Hosting;

return Commands.AreSettings(args) ? await Server.RunAsync(args) : await Commands.RunAsync(args);
