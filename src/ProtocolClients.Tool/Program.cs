using ProtocolClients.Tool;

// A download is written by the thread that its socket wakes: to hand each piece to another thread took a tenth of the time of many small files. Nothing
// that waits for a socket on such a thread is in the way of a download, as it would be in a server's.
const string Inline = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";
if (args is ["get", ..] && Environment.GetEnvironmentVariable(Inline) is null) Environment.SetEnvironmentVariable(Inline, "1");
return await Pcl.RunAsync(args, Terminal.OfProcess(), handleSignals: true);
