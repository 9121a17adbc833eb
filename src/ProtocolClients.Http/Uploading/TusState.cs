using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// What stands beside a file while it is uploaded to one end point: which upload there has bytes of it, and what the file was like. The end
/// point only as a hash, in the name too: its query may be a secret that has no business here.
/// </summary>
internal sealed class TusState
{
    private const string Format = "protocolclients.upload/1";
    private const long MaxBytes = 64 * 1024;
    private const int DigitsInName = 16;

    private readonly string _path;
    private readonly string _file;
    private readonly string _endPoint;

    public TusState(string path, Uri endPoint, long length, DateTime modified)
    {
        _endPoint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(endPoint.AbsoluteUri)));
        _path = $"{path}.{_endPoint[..DigitsInName]}.upload";
        _file = string.Create(CultureInfo.InvariantCulture, $"{length} {modified.Ticks}");
    }

    /// <summary>The upload that has bytes of this file; null for none.</summary>
    /// <exception cref="IOException">What stands there is no state of ours.</exception>
    public async Task<Uri?> LoadAsync(CancellationToken cancellationToken)
    {
        if (!Path.Exists(_path)) return null;
        string[] lines = await ReadAsync(cancellationToken).ConfigureAwait(false);
        if (lines is not [Format, ..]) throw new IOException($"'{_path}' is another program's: the state of the upload would replace it.");
        if (lines is not [_, var whose, var file, var url, ..] || whose != _endPoint || file != _file) return null;
        return UrlText.TryParse(url, out Uri? upload, out _) ? upload : null;
    }

    public Task SaveAsync(Uri upload, CancellationToken cancellationToken) =>
        PrivateFile.WriteAsync(_path, Encoding.UTF8.GetBytes($"{Format}\n{_endPoint}\n{_file}\n{upload.AbsoluteUri}\n"), cancellationToken);

    /// <summary>Takes the state of this upload away; that of another, which another process may have begun meanwhile, stays.</summary>
    public async Task DeleteAsync(Uri upload)
    {
        try
        {
            // Not cancelled: the upload is at its end, and so is its state.
            if (!Path.Exists(_path) || await ReadAsync(CancellationToken.None).ConfigureAwait(false) is not [Format, _, _, var url, ..] || url != upload.AbsoluteUri) return;
            File.Delete(_path);
        }
        catch (Exception left) when (left is IOException or UnauthorizedAccessException)
        {
            // The next upload of the file finds that the server has all of it, or nothing.
        }
    }

    /// <summary>The lines of what stands there; none when it is too long to be one of ours.</summary>
    private async Task<string[]> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            return Encoding.UTF8.GetString(await PrivateFile.ReadAsync(_path, MaxBytes, cancellationToken).ConfigureAwait(false)).Split('\n');
        }
        catch (FormatException)
        {
            return [];
        }
    }
}
