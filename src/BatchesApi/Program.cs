using BatchesApi.Admin;
using BatchesApi.Hosting;

return Commands.AreFor(args) ? await Commands.RunAsync(args) : await Server.RunAsync(args);
