using System.Globalization;

namespace ProtocolClients.Testing;

/// <summary>HASH, RANG, and the older XCRC, XMD5, XSHA1, XSHA256, XSHA512.</summary>
internal sealed class FtpHashCommands(FtpServerSession session) : FtpCommands(session)
{
    private string _hash = FtpHash.Names[0];
    private (long Start, long End)? _range;

    /// <summary>The hash that HASH makes.</summary>
    public string Chosen => _hash;

    /// <summary>RANG (draft-bryan-ftp-range): the bytes of the next RETR or HASH, the last one included; <c>1 0</c> takes it back.</summary>
    public Task RangeAsync(MockFtpCall call)
    {
        string[] words = call.Value.Split(' ');
        if (words.Length != 2 || !TryNumber(words[0], out long start) || !TryNumber(words[1], out long end)) return RefuseAsync(call, 501, "RANG takes two numbers.");
        if (start == 1 && end == 0)
        {
            _range = null;
            return ReplyAsync(call, 350, "No range.");
        }

        if (end < start) return RefuseAsync(call, 501, "A range ends behind its beginning.");
        _range = (start, end);
        Session.TakeOffset();
        return ReplyAsync(call, 350, string.Create(CultureInfo.InvariantCulture, $"Bytes {start} to {end}."));
    }

    /// <summary>HASH (draft-bryan-ftpext-hash).</summary>
    public async Task HashAsync(MockFtpCall call)
    {
        (long Start, long End)? range = TakeRange();
        if (Resolve(call.Value) is not { } key || Tree.File(key) is not { } file)
        {
            await ReplyAsync(call, 550, "No such file.").ConfigureAwait(false);
            return;
        }

        long start = Math.Min(range?.Start ?? 0, file.Length);
        long end = Math.Min(range?.End ?? long.MaxValue, file.Length - 1);
        string hash = await FtpHash.ComputeAsync(_hash, file, start, end - start + 1, Session.Lifetime).ConfigureAwait(false);
        await ReplyAsync(call, 213, string.Create(
            CultureInfo.InvariantCulture, $"{_hash} {start}-{Math.Max(end, start)} {hash.ToLowerInvariant()} {call.Value}")).ConfigureAwait(false);
    }

    /// <summary>XCRC, XMD5, XSHA1, XSHA256, XSHA512: a path, or a quoted one with where to begin and where to end behind it.</summary>
    public async Task OldHashAsync(MockFtpCall call)
    {
        if (!TrySplitRange(call.Value, out string path, out long start, out long end))
        {
            await RefuseAsync(call, 501, "A path, or a quoted one and two numbers.").ConfigureAwait(false);
            return;
        }

        if (Resolve(path) is not { } key || Tree.File(key) is not { } file)
        {
            await ReplyAsync(call, 550, "No such file.").ConfigureAwait(false);
            return;
        }

        string name = call.Verb switch { "XCRC" => "CRC32", "XMD5" => "MD5", "XSHA1" => "SHA-1", "XSHA512" => "SHA-512", _ => "SHA-256" };
        string hash = await FtpHash.ComputeAsync(name, file, start, Math.Min(end, file.Length) - start, Session.Lifetime).ConfigureAwait(false);
        await ReplyAsync(call, 250, hash).ConfigureAwait(false);
    }

    public Task ChooseAsync(MockFtpCall call, string value)
    {
        string? chosen = value.Length == 0 ? _hash : FtpHash.Names.FirstOrDefault(name => name.Equals(value, StringComparison.OrdinalIgnoreCase));
        if (chosen is null) return ReplyAsync(call, 504, "No such hash.");
        _hash = chosen;
        return ReplyAsync(call, 200, chosen);
    }

    /// <summary>The range of RANG, which is for one command.</summary>
    public (long Start, long End)? TakeRange()
    {
        (long Start, long End)? range = _range;
        _range = null;
        return range;
    }

    private static bool TrySplitRange(string value, out string path, out long start, out long end)
    {
        (path, start, end) = (value, 0, long.MaxValue);
        if (!value.StartsWith('"')) return true;
        int quote = value.IndexOf('"', 1);
        if (quote < 0) return false;
        path = value[1..quote];
        string[] words = value[(quote + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return words.Length switch
        {
            0 => true,
            1 => TryNumber(words[0], out end),
            2 => TryNumber(words[0], out start) && TryNumber(words[1], out end) && end >= start,
            _ => false,
        };
    }

    private static bool TryNumber(string text, out long number) => long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}
