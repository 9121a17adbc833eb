using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ProtocolClients;

/// <summary>
/// What stands beside a file while it is uploaded: which upload of which end point has bytes of it, and what the file was like. The end
/// point only as a hash: its query may be a secret that has no business here.
/// </summary>
internal sealed class TusState(string path, Uri endPoint, long length, DateTime modified)
{
    private const string Format = "protocolclients.upload/1";
    private const long MaxBytes = 64 * 1024;

    private readonly string _path = path + ".upload";
    private readonly string _file = string.Create(CultureInfo.InvariantCulture, $"{length} {modified.Ticks}");
    private readonly string _endPoint = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(endPoint.AbsoluteUri)));

    /// <summary>The upload that has bytes of this file; null for none.</summary>
    /// <exception cref="IOException">What stands there is no state of ours.</exception>
    public async Task<Uri?> LoadAsync(CancellationToken cancellationToken)
    {
        if (!Path.Exists(_path)) return null;
        string[] lines = [];
        try
        {
            lines = Encoding.UTF8.GetString(await PrivateFile.ReadAsync(_path, MaxBytes, cancellationToken).ConfigureAwait(false)).Split('\n');
        }
        catch (FormatException)
        {
            // Too long to be one of ours.
        }

        if (lines is not [Format, ..]) throw new IOException($"'{_path}' is another program's: the state of the upload would replace it.");
        if (lines is not [_, var whose, var file, var url, ..] || whose != _endPoint || file != _file) return null;
        return Uri.TryCreate(url, UriKind.Absolute, out Uri? upload) ? upload : null;
    }

    public Task SaveAsync(Uri upload, CancellationToken cancellationToken) =>
        PrivateFile.WriteAsync(_path, Encoding.UTF8.GetBytes($"{Format}\n{_endPoint}\n{_file}\n{upload.AbsoluteUri}\n"), cancellationToken);

    public void Delete()
    {
        try
        {
            File.Delete(_path);
        }
        catch (Exception left) when (left is IOException or UnauthorizedAccessException)
        {
            // The next upload of the file finds that the server has all of it, or nothing.
        }
    }
}
