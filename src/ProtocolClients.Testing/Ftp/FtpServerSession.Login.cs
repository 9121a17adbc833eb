namespace ProtocolClients.Testing;

internal sealed partial class FtpServerSession
{
    private string? _user;
    private bool _isLoggedIn;

    // The text of commands and replies: what is no UTF-8 goes through unchanged.
    private static bool IsUtf8 => true;

    public Task UserAsync(MockFtpCall call)
    {
        _isLoggedIn = false;
        _user = call.Value;
        return ReplyAsync(call, 331, "Please send the password.");
    }

    public Task PasswordAsync(MockFtpCall call)
    {
        if (_user is null || _isLoggedIn) return RefuseAsync(call, 503, "PASS comes after USER.");
        _server.Transcript.AddSecret(call.Value);
        _isLoggedIn = true;
        return ReplyAsync(call, 230, "Logged in.");
    }

    public Task QuitAsync(MockFtpCall call)
    {
        _isOver = true;
        return ReplyAsync(call, 221, "Goodbye.");
    }
}
