namespace ProtocolClients.Testing;

/// <summary>Some commands of a session that belong together, with the state that is theirs alone.</summary>
internal abstract class FtpCommands(FtpServerSession session)
{
    protected FtpServerSession Session => session;

    protected MockFtpServerOptions Options => session.Options;

    protected FtpTree Tree => session.Tree;

    protected string? Resolve(string path) => session.Resolve(path);

    protected Task ReplyAsync(MockFtpCall call, int code, string text) => session.ReplyAsync(call, code, text);

    protected Task ReplyAsync(MockFtpCall call, int code, string first, IEnumerable<string> lines, string last) =>
        session.ReplyAsync(call, code, first, lines, last);

    protected Task RefuseAsync(MockFtpCall call, int code, string text) => session.RefuseAsync(call, code, text);
}
