using System.Globalization;

namespace ProtocolClients.Testing;

internal sealed partial class FtpServerSession
{
    private Task? _transfer;
    private MockFtpCall? _transferCall;
    private CancellationTokenSource? _abort;

    public Task RetrieveAsync(MockFtpCall call)
    {
        long offset = TakeOffset();
        (long Start, long End)? range = Hashes.TakeRange();
        if (range is { } bytes) offset = bytes.Start;
        long length = range is { } both ? both.End - both.Start + 1 : long.MaxValue;
        if (Resolve(call.Value) is not { } key || Tree.File(key) is not { } file) return ReplyAsync(call, 550, "No such file.");
        if (offset > file.Length && _type == 'I') return ReplyAsync(call, 554, "The file ends before that.");
        bool isText = _type == 'A';
        string opening = string.Create(CultureInfo.InvariantCulture, $"Opening data connection for {call.Value} ({file.Length} bytes).");
        MockFile.Reader reader = file.Open();
        Begin(call, opening, (data, token) => FtpFileCopy.SendAsync(reader, offset, length, isText, data, token), opened: reader);
        return Task.CompletedTask;
    }

    public async Task StoreAsync(MockFtpCall call)
    {
        long offset = TakeOffset();
        string? key = call.Verb == "STOU" ? UniqueKey() : Resolve(call.Value) is { } named ? Tree.Follow(named) : null;
        if (key is null || !Tree.CanStore(key))
        {
            await ReplyAsync(call, 553, "No file can be put there.").ConfigureAwait(false);
            return;
        }

        long length = Tree.File(key)?.Length ?? 0;
        if (call.Verb == "APPE") offset = length;
        if (offset > length)
        {
            await ReplyAsync(call, 554, "The file ends before that.").ConfigureAwait(false);
            return;
        }

        bool isText = _type == 'A';

        // RFC 1123 §4.1.2.9: the name stands in the reply in this form and no other.
        string opening = call.Verb == "STOU" ? "FILE: " + key[(key.LastIndexOf('/') + 1)..] : "Ok to send data.";
        FtpUpload upload = await Tree.StoreAsync(key, offset, Lifetime).ConfigureAwait(false);
        Begin(call, opening, (data, token) => FtpFileCopy.ReceiveAsync(upload, isText, Options.KeepPartialUploads, data, token), opened: upload);
    }

    public async Task AbortAsync(MockFtpCall call)
    {
        await EndTransferAsync().ConfigureAwait(false);
        Ports.Dispose();
        await ReplyAsync(call, 226, "Nothing is being transferred.").ConfigureAwait(false);
    }

    /// <summary>The offset of REST, which is for one transfer.</summary>
    public long TakeOffset()
    {
        long offset = _offset;
        _offset = 0;
        return offset;
    }

    private string? UniqueKey()
    {
        for (int i = 1; ; i++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"ftp.{i:0000}");
            if (Resolve(name) is { } key && Tree.Find(key) is null) return key;
        }
    }

    /// <summary>Begins a transfer; the commands that come meanwhile wait for it, or not. What was opened for it is closed with it.</summary>
    public void Begin(
        MockFtpCall call, string opening, Func<Stream, CancellationToken, Task> body, string done = "Transfer complete.", IAsyncDisposable? opened = null)
    {
        _abort?.Dispose();
        _abort = new CancellationTokenSource();
        _transferCall = call;
        _transfer = TransferAsync(new FtpTransfer(call, Ports.Take(), _replies!, Options, _level, Connection.Note) { Done = done, Opened = opened }, opening, body, _abort.Token);
    }

    private async Task TransferAsync(
        FtpTransfer transfer, string opening, Func<Stream, CancellationToken, Task> body, CancellationToken cancellationToken)
    {
        await transfer.RunAsync(opening, body, cancellationToken).ConfigureAwait(false);
        if (transfer.IsFatal) _isOver = true;
    }

    private async Task EndTransferAsync()
    {
        if (_transfer is not { } transfer) return;
        await _abort!.CancelAsync().ConfigureAwait(false);
        await transfer.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
