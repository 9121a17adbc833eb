using System.Runtime.InteropServices;
using System.Text;
using Microsoft.Extensions.Logging;
using Microsoft.Win32.SafeHandles;
using ProtocolClients.Transport;

namespace ProtocolClients;

/// <summary>
/// Where a file came from, as extended attributes of Linux (freedesktop.org, "Common extended attributes"): what curl's <c>--xattr</c> and
/// browsers write, and file managers show. They go where the file goes, so no credential is among them.
/// </summary>
internal static class OriginNote
{
    /// <summary>A file that is whole says where it came from, as its plan asks.</summary>
    /// <returns>What could not be done.</returns>
    /// <exception cref="IOException">It cannot, and has to.</exception>
    public static IReadOnlyList<string> Write(SafeFileHandle file, TransferPlan plan, UrlInfo? info, IEnumerable<Source> contributors, ILogger logger)
    {
        if (plan.Provenance == Provenance.None || info is null) return [];
        string? referrer = contributors.Any(static source => !source.IsForeign) ? plan.Referrer : null;
        try
        {
            Write(file, Of(info.FinalUrl, referrer, info.MediaType));
            return [];
        }
        catch (IOException failure) when (plan.Provenance == Provenance.WhenPossible)
        {
            UrlLog.NoOrigin(logger, plan.Path, failure.Message);
            return [$"The file does not say where it came from. {failure.Message}"];
        }
    }

    /// <summary>The attributes, by their names.</summary>
    /// <param name="url">The URL that answered.</param>
    /// <param name="referrer">The referrer that was sent; null for none.</param>
    /// <param name="mediaType">What the content is; null when nobody said.</param>
    public static IEnumerable<(string Name, string Value)> Of(Uri url, string? referrer, string? mediaType)
    {
        yield return ("user.xdg.origin.url", WithoutSecrets(url));
        if (referrer is not null && Uri.TryCreate(referrer, UriKind.Absolute, out Uri? from)) yield return ("user.xdg.referrer.url", WithoutSecrets(from));
        if (mediaType is { Length: > 0 } && !mediaType.Any(char.IsControl)) yield return ("user.mime_type", mediaType);
    }

    /// <summary>Writes the attributes.</summary>
    /// <exception cref="IOException">The file system has none, or no room for them.</exception>
    private static void Write(SafeFileHandle file, IEnumerable<(string Name, string Value)> attributes)
    {
        if (!OperatingSystem.IsLinux()) throw new IOException("Extended attributes are written on Linux only.");
        foreach ((string name, string value) in attributes)
        {
            byte[] bytes = Encoding.UTF8.GetBytes(value);
            if (SetAttribute(file, Encoding.UTF8.GetBytes(name + "\0"), bytes, bytes.Length, 0) != 0)
                throw new IOException($"The attribute {name} was not written: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}.");
        }
    }

    /// <summary>No userinfo, no query, no fragment: each may open the content for whoever has it, and no list of names tells which do.</summary>
    private static string WithoutSecrets(Uri url) => UrlText.WithoutUserInfo(url).GetLeftPart(UriPartial.Path);

#pragma warning disable SYSLIB1054 // The generated form needs unsafe code.
    [DllImport("libc", EntryPoint = "fsetxattr", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetAttribute(SafeFileHandle file, byte[] name, byte[] value, nint size, int flags);
#pragma warning restore SYSLIB1054
}
