using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace ProtocolClients.Testing;

/// <summary>PASV, EPSV, PORT, EPRT: where the next data connection comes from.</summary>
internal sealed class FtpPortCommands(FtpServerSession session) : FtpCommands(session), IDisposable
{
    private FtpDataPort? _port;
    private bool _onlyExtended;

    /// <summary>How the next data connection is made.</summary>
    public MockFtpDataMode Mode => _port?.Mode ?? MockFtpDataMode.None;

    private IPAddress? Local => (Session.Connection.LocalEndPoint as IPEndPoint)?.Address;

    private IPAddress? Remote => (Session.Connection.RemoteEndPoint as IPEndPoint)?.Address;

    public Task PassiveAsync(MockFtpCall call)
    {
        if (_onlyExtended) return RefuseAsync(call, 501, "EPSV ALL came before.");
        IPAddress address = Options.PassiveAddress ?? Local ?? IPAddress.Loopback;
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        if (address.AddressFamily != AddressFamily.InterNetwork) return RefuseAsync(call, 425, "PASV has no IPv6 addresses; use EPSV.");
        int port = Listen(call, MockFtpDataMode.Passive);
        byte[] bytes = address.GetAddressBytes();
        return ReplyAsync(call, 227, string.Create(
            CultureInfo.InvariantCulture, $"Entering Passive Mode ({bytes[0]},{bytes[1]},{bytes[2]},{bytes[3]},{port >> 8},{port & 255})."));
    }

    public Task ExtendedPassiveAsync(MockFtpCall call)
    {
        string protocol = Local is { AddressFamily: AddressFamily.InterNetworkV6, IsIPv4MappedToIPv6: false } ? "2" : "1";
        switch (call.Value.ToUpperInvariant())
        {
            case "" when call.HasArgument:
                return RefuseAsync(call, 501, "EPSV takes ALL, a number or nothing.");
            case "ALL":
                _onlyExtended = true;
                return ReplyAsync(call, 200, "From now on EPSV only.");
            case "1" or "2" when call.Value != protocol:
                return ReplyAsync(call, 522, $"Network protocol not supported, use ({protocol})");
            case "" or "1" or "2":
                int port = Listen(call, MockFtpDataMode.ExtendedPassive);
                return ReplyAsync(call, 229, string.Create(CultureInfo.InvariantCulture, $"Entering Extended Passive Mode (|||{port}|)"));
            default:
                return RefuseAsync(call, 501, "EPSV takes ALL, a number or nothing.");
        }
    }

    public Task PortAsync(MockFtpCall call)
    {
        if (_onlyExtended) return RefuseAsync(call, 501, "EPSV ALL came before.");
        string[] parts = call.Value.Split(',');
        byte[] numbers = new byte[6];
        bool isGood = parts.Length == 6;
        for (int i = 0; isGood && i < 6; i++) isGood = byte.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out numbers[i]);
        if (!isGood) return RefuseAsync(call, 501, "PORT takes six numbers.");
        return ConnectAsync(call, MockFtpDataMode.Active, new IPEndPoint(new IPAddress(numbers.AsSpan(0, 4)), (numbers[4] << 8) | numbers[5]));
    }

    public Task ExtendedPortAsync(MockFtpCall call)
    {
        if (_onlyExtended) return RefuseAsync(call, 501, "EPSV ALL came before.");
        char delimiter = call.Value[0];
        string[] parts = call.Value.Split(delimiter);
        if (delimiter is < '!' or > '~' || parts.Length != 5 || parts[0].Length > 0 || parts[4].Length > 0
            || !ushort.TryParse(parts[3], NumberStyles.None, CultureInfo.InvariantCulture, out ushort port))
        {
            return RefuseAsync(call, 501, "EPRT takes |protocol|address|port|.");
        }

        if (parts[1] is not ("1" or "2")) return ReplyAsync(call, 522, "Network protocol not supported, use (1,2)");
        if (!IPAddress.TryParse(parts[2], out IPAddress? address)
            || address.AddressFamily != (parts[1] == "1" ? AddressFamily.InterNetwork : AddressFamily.InterNetworkV6))
        {
            return RefuseAsync(call, 501, "The address is not of its protocol.");
        }

        return ConnectAsync(call, MockFtpDataMode.ExtendedActive, new IPEndPoint(address, port));
    }

    private Task ConnectAsync(MockFtpCall call, MockFtpDataMode mode, IPEndPoint target)
    {
        if (Remote is not { } remote) return ReplyAsync(call, 425, "There is no network to connect through.");

        // Anything else lets a client make this server connect wherever it likes (RFC 2577 §3).
        if (target.Port < 1024 || !remote.MapToIPv6().Equals(target.Address.MapToIPv6()))
        {
            return RefuseAsync(call, 501, "Not the address of this connection, or a port below 1024.");
        }

        SetPort(FtpDataPort.Connect(Session.Server.Data, mode, target));
        return ReplyAsync(call, 200, call.Verb + " ok.");
    }

    private int Listen(MockFtpCall call, MockFtpDataMode mode)
    {
        bool isDeaf = call.Rule is { IsDeaf: true };
        SetPort(Local is { } local && Remote is { } remote
            ? FtpDataPort.Listen(Session.Server.Data, mode, local, remote, isDeaf)
            : FtpDataPort.ListenInMemory(Session.Server.Data, mode));
        if (isDeaf && _port!.IsInMemory) _port.Close();
        return _port!.Port;
    }

    /// <summary>What the next transfer uses; it is nobody else's then.</summary>
    public FtpDataPort? Take()
    {
        FtpDataPort? port = _port;
        _port = null;
        return port;
    }

    /// <summary>Lets go of the port, and of EPSV ALL.</summary>
    public void Reset()
    {
        SetPort(null);
        _onlyExtended = false;
    }

    /// <summary>Lets go of the port.</summary>
    public void Dispose() => SetPort(null);

    private void SetPort(FtpDataPort? port)
    {
        _port?.Dispose();
        _port = port;
    }
}
