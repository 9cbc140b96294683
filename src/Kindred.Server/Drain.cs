using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Server;

/// <summary>Stopping goes in this order: not ready, the drain time, no new connections, requests under way finish.</summary>
/// <param name="time">Load balancers notice within this time that the server is not ready.</param>
internal sealed partial class Drain(TimeSpan time, ILogger<Drain> log) : IHostedLifecycleService
{
    private volatile bool _isStopping;

    public bool IsStopping => _isStopping;

    /// <summary>
    /// Answers of a server that stops end their connections (HTTP/1), so that a proxy has none open and idle on which it would send a
    /// request at the moment the server closes it.
    /// </summary>
    public static void Use(IApplicationBuilder app)
    {
        var drain = app.ApplicationServices.GetRequiredService<Drain>();
        app.Use((context, next) =>
        {
            if (drain.IsStopping && HttpProtocol.IsHttp11(context.Request.Protocol)) context.Response.Headers.Connection = "close";
            return next(context);
        });
    }

    public static void Add(IServiceCollection services, TimeSpan time)
    {
        services.AddSingleton(provider => new Drain(time, provider.GetRequiredService<ILogger<Drain>>()));
        services.AddHostedService(provider => provider.GetRequiredService<Drain>());
        // after the drain time, requests under way have as long as they need, within reason
        services.Configure<HostOptions>(host => host.ShutdownTimeout = time + TimeSpan.FromSeconds(30));
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        _isStopping = true;
        LogStopping(log, time.TotalSeconds);
        await Task.Delay(time, cancellationToken);
    }

    public Task StartingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    [LoggerMessage(3, LogLevel.Information, "Stopping: not ready from now on, closed in {Seconds} s, requests under way finish")]
    private static partial void LogStopping(ILogger log, double seconds);
}
