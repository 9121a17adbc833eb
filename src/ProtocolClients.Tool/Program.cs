using ProtocolClients.Tool;

return await Pcl.RunAsync(args, Terminal.OfProcess(), handleSignals: true);
