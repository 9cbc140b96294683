using System.Globalization;
using System.Net;
using Microsoft.Extensions.Hosting;
using Orleans.Configuration;
using StackExchange.Redis;

namespace Kindred.Cluster;

/// <summary>
/// Where silos find each other: <c>redis://host:port</c>, or <c>localhost:port</c>, the first silo of one machine, without which the others
/// stop.
/// </summary>
public sealed record ClusterAddress
{
    /// <summary>The port of a machine's first silo where none is named.</summary>
    public const int DefaultPort = 11111;

    /// <summary>From the port of a silo to the port of its gateway.</summary>
    public const int GatewayOffset = 10000;

    private const string Name = "kindred";

    // A computing silo may be slow to answer; a lost one is found by its probes.
    private const int MostBytes = 512 << 20;
    private static readonly TimeSpan Answer = TimeSpan.FromMinutes(5);

    private readonly string _host;
    private readonly int _port;

    private ClusterAddress(string host, int port, bool isRedis) => (_host, _port, IsRedis) = (host, port, isRedis);

    /// <summary>Whether Redis keeps who is a member.</summary>
    public bool IsRedis { get; }

    /// <exception cref="InputException">It is none.</exception>
    public static ClusterAddress Parse(string text)
    {
        bool isRedis = text.StartsWith("redis://", StringComparison.Ordinal);
        string[] parts = (isRedis ? text["redis://".Length..].TrimEnd('/') : text).Split(':');
        int port = isRedis ? 6379 : DefaultPort;
        bool isGood = parts.Length is 1 or 2 && parts[0].Length > 0 && (isRedis || parts[0] == "localhost")
            && (parts.Length == 1 || int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out port))
            && port is > 0 and < 65536;
        return isGood ? new(parts[0], port, isRedis) : throw new InputException(
            $"'{text}' is no address of a cluster; write redis://HOST:PORT, or localhost:PORT for silos of one machine.");
    }

    public override string ToString() => IsRedis ? $"redis://{_host}:{_port}" : $"localhost:{_port}";

    internal void Configure(ISiloBuilder silo, IPAddress listen, int port)
    {
        if (IsRedis)
        {
            silo.UseRedisClustering(options => options.ConfigurationOptions = Redis())
                .ConfigureEndpoints(listen, port, port + GatewayOffset);
        }
        else silo.UseLocalhostClustering(port, port + GatewayOffset, new(IPAddress.Loopback, _port), Name, Name);
        silo.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (Name, Name));
        silo.Configure<SiloMessagingOptions>(options => (options.MaxMessageBodySize, options.ResponseTimeout) = (MostBytes, Answer));
        silo.Configure<ClusterMembershipOptions>(options =>
        {
            options.ProbeTimeout = TimeSpan.FromSeconds(2);
            options.NumMissedProbesLimit = 3;
            options.NumVotesForDeathDeclaration = 1;
            options.TableRefreshTimeout = TimeSpan.FromSeconds(5);
            options.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5); // three missed ones: a silo that starts need not ask it
        });
    }

    internal void Configure(IClientBuilder client)
    {
        if (IsRedis) client.UseRedisClustering(options => options.ConfigurationOptions = Redis());
        else client.UseLocalhostClustering(_port + GatewayOffset, Name, Name);
        client.Configure<ClusterOptions>(options => (options.ClusterId, options.ServiceId) = (Name, Name));
        client.Configure<ClientMessagingOptions>(options => options.MaxMessageBodySize = MostBytes);
    }

    private ConfigurationOptions Redis() => new() { EndPoints = { { _host, _port } }, AbortOnConnectFail = false };
}
