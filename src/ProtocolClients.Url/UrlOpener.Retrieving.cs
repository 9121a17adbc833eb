using Microsoft.Win32.SafeHandles;
using ProtocolClients.Transport;

namespace ProtocolClients;

public sealed partial class UrlOpener
{
    /// <summary>
    /// Fetches a URL into a file. The file is written beside its final name and renamed when it is whole: its length is the
    /// announced one, and its checksum, when one is given. Whatever goes wrong, cancellation included, nothing half-written stands
    /// under the final name, and what was written is deleted. A connection that is lost is resumed where it broke off, when the server
    /// proves that the content is still the same, within the attempts of <see cref="ClientOptions.Resilience"/>.
    /// </summary>
    /// <param name="url">An absolute URL.</param>
    /// <param name="path">
    /// The file; null for a temporary one, which is deleted when the result is disposed, by <see cref="Cleanup"/>, or when the process ends.
    /// </param>
    /// <param name="options">Overwriting, checksum, progress.</param>
    /// <param name="cancellationToken">Ends the operation.</param>
    /// <exception cref="IOException">The file exists and may not be replaced, the disk is full, or another local failure.</exception>
    /// <exception cref="UnauthorizedAccessException">The folder may not be written.</exception>
    /// <exception cref="IntegrityException">The length or the checksum is not the announced one.</exception>
    public async Task<RetrievedFile> RetrieveAsync(
        string url, string? path = null, RetrieveOptions? options = null, CancellationToken cancellationToken = default)
    {
        (IUrlHandler handler, Uri parsed) = HandlerFor(url);
        options ??= RetrieveOptions.Default;
        bool temporary = path is null;
        path = temporary ? TemporaryFolder.Current.NewName() : Path.GetFullPath(path!);
        string shown = UrlText.WithoutUserInfo(parsed).GetLeftPart(UriPartial.Path);
        UrlLog.Retrieving(_logger, shown, path);

        // The file first: what cannot be written need not be asked for.
        using PartFile part = PartFile.Create(path, options.Overwrite);
        using var retrieval = new Retrieval(handler, parsed, part, options, Options.TimeProvider);
        await _resilience.RunAsync(
            Replay.Always,
            parsed.Host.Length == 0 ? null : UrlText.EndPointOf(parsed),
            static (retrieval, token) => retrieval.AttemptAsync(token),
            retrieval,
            static retrieval => retrieval.Written,
            cancellationToken).ConfigureAwait(false);
        part.Commit(options.Durable && !temporary);
        UrlLog.Retrieved(_logger, shown, retrieval.Written, retrieval.Attempts);
        if (temporary) _temporary.TryAdd(path, 0);
        return new RetrievedFile(path, retrieval.Info!, retrieval.Written, retrieval.Attempts, temporary ? () => Delete(path) : null);
    }

    /// <summary>Deletes the temporary files that this opener made and that are still there.</summary>
    public void Cleanup()
    {
        foreach (string path in _temporary.Keys) Delete(path);
    }

    private void Delete(string path)
    {
        // Only what this opener made, and once: a file of the same name that comes later is another's.
        if (!_temporary.TryRemove(path, out _)) return;
        try
        {
            File.Delete(path);
        }
        catch (Exception busy) when (busy is IOException or UnauthorizedAccessException)
        {
            // Somebody has it open; it goes with the process's folder.
        }
    }
}
