using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Win32.SafeHandles;

namespace ProtocolClients.Testing;

/// <summary>
/// A file that a mock server serves: bytes of its own, copied from a string (UTF-8), an array or a span, or a file on disk.
/// Immutable; change it by putting another in its place.
/// </summary>
public sealed class MockFile
{
    private readonly ReadOnlyMemory<byte> _content;
    private readonly string? _path;
    private string? _entityTag;

    /// <summary>Copies bytes.</summary>
    /// <param name="content">The content.</param>
    public MockFile(ReadOnlySpan<byte> content) => _content = content.ToArray();

    private MockFile(string path) => _path = path;

    private MockFile(ReadOnlyMemory<byte> content, string? path)
    {
        _content = content;
        _path = path;
    }

    /// <summary>When it was last changed, in whole seconds as protocols carry it.</summary>
    /// <value>By default 2026-01-01 00:00:00 UTC; for a file on disk what the disk says.</value>
    public DateTimeOffset Modified { get; init; } = MockFiles.DefaultTime;

    /// <summary>The media type; null for one by the name's ending.</summary>
    public string? MediaType { get; init; }

    /// <summary>How many bytes it has.</summary>
    public long Length => _path is null ? _content.Length : new FileInfo(_path).Length;

    /// <summary>A strong entity tag with its quotes (RFC 9110 §8.8.3): of the bytes; on disk of time and length.</summary>
    public string EntityTag
    {
        get
        {
            if (_path is not null) return string.Create(CultureInfo.InvariantCulture, $"\"{Modified.UtcTicks:x}-{Length:x}\"");
            return _entityTag ??= "\"" + Convert.ToHexStringLower(SHA256.HashData(_content.Span).AsSpan(0, 12)) + "\"";
        }
    }

    /// <summary>Copies a text as UTF-8.</summary>
    /// <param name="text">The content.</param>
    public static implicit operator MockFile(string text) => FromText(text);

    /// <summary>Copies bytes.</summary>
    /// <param name="content">The content.</param>
    public static implicit operator MockFile(byte[] content) => new(content.AsSpan());

    /// <summary>Copies bytes.</summary>
    /// <param name="content">The content.</param>
    public static implicit operator MockFile(ReadOnlySpan<byte> content) => FromBytes(content);

    /// <summary>Copies a text as UTF-8.</summary>
    /// <param name="text">The content.</param>
    public static MockFile FromText(string text) => new(Encoding.UTF8.GetBytes(text));

    /// <summary>Copies bytes.</summary>
    /// <param name="content">The content.</param>
    public static MockFile FromBytes(ReadOnlySpan<byte> content) => new(content);

    /// <summary>A file on disk, read anew each time it is served.</summary>
    /// <param name="path">Its path.</param>
    /// <exception cref="FileNotFoundException">There is none.</exception>
    public static MockFile FromPath(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists) throw new FileNotFoundException("There is no such file.", path);
        return new MockFile(info.FullName) { Modified = new DateTimeOffset(info.LastWriteTimeUtc, TimeSpan.Zero) };
    }

    /// <summary>The whole content, in memory.</summary>
    public byte[] ToArray() => _path is null ? _content.ToArray() : File.ReadAllBytes(_path);

    /// <summary>The whole content as UTF-8.</summary>
    public override string ToString() => Encoding.UTF8.GetString(ToArray());

    /// <summary>Takes bytes over without copying them; nobody else changes them.</summary>
    internal static MockFile Owning(ReadOnlyMemory<byte> content, DateTimeOffset modified) => new(content, null) { Modified = modified };

    /// <summary>The same content with another time.</summary>
    internal MockFile At(DateTimeOffset modified) => new(_content, _path) { Modified = modified, MediaType = MediaType };

    /// <summary>Opens it for reading at any place.</summary>
    internal Reader Open() => new(_content, _path is null ? null : File.OpenHandle(_path, options: FileOptions.Asynchronous));

    /// <summary>One reading of a file.</summary>
    internal readonly struct Reader(ReadOnlyMemory<byte> content, SafeFileHandle? handle) : IDisposable, IAsyncDisposable
    {
        public long Length => handle is null ? content.Length : RandomAccess.GetLength(handle);

        public ValueTask<int> ReadAsync(Memory<byte> buffer, long offset, CancellationToken cancellationToken)
        {
            if (handle is not null) return RandomAccess.ReadAsync(handle, buffer, offset, cancellationToken);
            int count = (int)Math.Min(buffer.Length, Math.Max(0, content.Length - offset));
            content.Slice((int)offset, count).CopyTo(buffer);
            return ValueTask.FromResult(count);
        }

        public void Dispose() => handle?.Dispose();

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
