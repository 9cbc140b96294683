using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Cluster;

/// <summary>Makes silos and connections to them.</summary>
public static class ClusterHost
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    /// <param name="jobs">Folder for jobs that all silos see.</param>
    /// <param name="listen">Address of this machine at which the others reach it; of use with Redis alone.</param>
    /// <param name="port">Of this silo; its gateway listens 10,000 above.</param>
    /// <param name="threads">For computing.</param>
    /// <returns>A silo, to be started.</returns>
    public static IHost Silo(ClusterAddress address, string jobs, IPAddress listen, int port, int threads) =>
        Silo(address, jobs, listen, port, threads, null);

    /// <param name="began">Told each order that begins, on the thread that carries it out.</param>
    internal static IHost Silo(ClusterAddress address, string jobs, IPAddress listen, int port, int threads, Action<Order>? began)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        // it warns of all that is usual where silos come and go; the jobs say what matters of that
        builder.Logging.AddFilter("Orleans", LogLevel.Error);
        builder.UseOrleans(silo =>
        {
            address.Configure(silo, listen, port);
            silo.AddPlacementDirector<SiloPlacement, SiloPlacementDirector>();
        });
        builder.Services.AddSingleton(new Workers(threads, began));
        builder.Services.AddSingleton(new JobsFolder(Path.GetFullPath(jobs)));
        builder.Services.AddHostedService<JobWatch>();
        return builder.Build();
    }

    /// <returns>A connection to the silos, open until it is disposed of.</returns>
    /// <exception cref="InputException">No silo answers.</exception>
    public static async Task<IHost> ConnectAsync(ClusterAddress address, CancellationToken cancellation)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.None);
        builder.UseOrleansClient(address.Configure);
        var host = builder.Build();
        try
        {
            await host.StartAsync(cancellation).WaitAsync(Patience, cancellation);
            return host;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            host.Dispose();
            throw new InputException($"No silo answers at {address}; start one with kindred cluster silo --cluster {address}.", e);
        }
    }
}
