using System.Security.Cryptography;

namespace ProtocolClients;

/// <summary>
/// A running hash of a <see cref="Checksum"/>'s algorithm, made by <see cref="Checksum.CreateHash"/>: the platform's own, BLAKE2b (RFC 7693)
/// or BLAKE3. For one thread at a time.
/// </summary>
public abstract class ChecksumHash : IDisposable
{
    private protected ChecksumHash()
    {
    }

    /// <summary>Hashes the next bytes.</summary>
    /// <param name="data">The bytes.</param>
    public abstract void AppendData(ReadOnlySpan<byte> data);

    /// <summary>The hash of all bytes since the beginning; the next ones begin anew.</summary>
    public abstract byte[] GetHashAndReset();

    /// <summary>Frees what the hash holds.</summary>
    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    /// <summary>Frees what the hash holds.</summary>
    /// <param name="disposing">True when it is disposed, false when it is finalized.</param>
    protected virtual void Dispose(bool disposing)
    {
    }

    internal static ChecksumHash Of(HashAlgorithmName algorithm) => new Platform(algorithm);

    internal static ChecksumHash OfBlake2b(int length) => new Blake2(length);

    internal static ChecksumHash OfBlake3() => new Blake3Hash();

    private sealed class Platform(HashAlgorithmName algorithm) : ChecksumHash
    {
        private readonly IncrementalHash _hash = IncrementalHash.CreateHash(algorithm);

        public override void AppendData(ReadOnlySpan<byte> data) => _hash.AppendData(data);

        public override byte[] GetHashAndReset() => _hash.GetHashAndReset();

        protected override void Dispose(bool disposing)
        {
            _hash.Dispose();
            base.Dispose(disposing);
        }
    }

    private sealed class Blake2(int length) : ChecksumHash
    {
        private readonly Blake2b _hash = new(length);

        public override void AppendData(ReadOnlySpan<byte> data) => _hash.Append(data);

        public override byte[] GetHashAndReset() => _hash.Finish();
    }

    private sealed class Blake3Hash : ChecksumHash
    {
        // A struct that is changed in place: never read-only.
        private Blake3.Hasher _hash = Blake3.Hasher.New();

        public override void AppendData(ReadOnlySpan<byte> data) => _hash.Update(data);

        public override byte[] GetHashAndReset()
        {
            byte[] value = _hash.Finalize().AsSpan().ToArray();
            _hash.Reset();
            return value;
        }

        protected override void Dispose(bool disposing)
        {
            _hash.Dispose();
            base.Dispose(disposing);
        }
    }
}
