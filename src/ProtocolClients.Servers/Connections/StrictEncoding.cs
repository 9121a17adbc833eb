using System.Text;

namespace ProtocolClients.Servers;

/// <summary>An encoding that refuses what it cannot carry, in place of the question marks that .NET's own write.</summary>
internal static class StrictEncoding
{
    private static readonly Encoding Latin1 = Clone(Encoding.Latin1);
    private static readonly Encoding Utf8 = Clone(Encoding.UTF8);

    public static Encoding Of(Encoding encoding) => encoding switch
    {
        _ when ReferenceEquals(encoding, Encoding.Latin1) => Latin1,
        _ when ReferenceEquals(encoding, Encoding.UTF8) => Utf8,
        { EncoderFallback: EncoderExceptionFallback, DecoderFallback: DecoderExceptionFallback } => encoding,
        _ => Clone(encoding),
    };

    private static Encoding Clone(Encoding encoding)
    {
        var strict = (Encoding)encoding.Clone();
        strict.EncoderFallback = EncoderFallback.ExceptionFallback;
        strict.DecoderFallback = DecoderFallback.ExceptionFallback;
        return strict;
    }
}
