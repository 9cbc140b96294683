using System.Net.Http.Headers;
using Kindred.Aspire.Client;
using Kindred.Client;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace Microsoft.Extensions.Hosting;

/// <summary>Adds clients of Kindred servers to a service of an application.</summary>
public static class KindredClientExtensions
{
    private const string Section = "Aspire:Kindred:Client", Calls = "System.Net.Http";

    /// <summary>
    /// Adds a <see cref="KindredClient"/> of the server that the connection string of this name names, with a health check and telemetry.
    /// </summary>
    /// <param name="connectionName">Of the resource in the app host.</param>
    /// <param name="configureSettings">Changes what configuration says.</param>
    /// <exception cref="InvalidOperationException">The connection string names no server.</exception>
    public static void AddKindredClient(
        this IHostApplicationBuilder builder, string connectionName, Action<KindredClientSettings>? configureSettings = null) =>
        Add(builder, connectionName, null, configureSettings);

    /// <summary>The same, to be asked for by <c>[FromKeyedServices(name)] KindredClient</c>: for services of several servers.</summary>
    /// <param name="name">Key, and name of the connection string.</param>
    /// <inheritdoc cref="AddKindredClient"/>
    public static void AddKeyedKindredClient(
        this IHostApplicationBuilder builder, string name, Action<KindredClientSettings>? configureSettings = null) =>
        Add(builder, name, name, configureSettings);

    private static void Add(
        IHostApplicationBuilder builder, string connectionName, string? key, Action<KindredClientSettings>? configureSettings)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrEmpty(connectionName);
        var settings = SettingsOf(builder.Configuration, connectionName);
        configureSettings?.Invoke(settings);

        string client = $"Kindred:{connectionName}";
        builder.Services.AddServiceDiscovery();
        builder.Services.AddHttpClient(client, http =>
        {
            http.BaseAddress = WithSlash(settings.Endpoint ?? new Uri($"https+http://{connectionName}"));
            if (settings.Key is { } secret) http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", secret);
        }).AddServiceDiscovery();
        KindredClient Create(IServiceProvider services) => new(services.GetRequiredService<IHttpClientFactory>().CreateClient(client));
        if (key is null) builder.Services.AddTransient(Create);
        else builder.Services.AddKeyedTransient(key, (services, _) => Create(services));

        if (!settings.DisableHealthChecks)
            builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
                client, services => new KindredHealthCheck(services.GetRequiredService<IHttpClientFactory>(), client), null, null));
        if (!settings.DisableTracing) builder.Services.AddOpenTelemetry().WithTracing(tracing => tracing.AddSource(Calls));
        if (!settings.DisableMetrics) builder.Services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(Calls));
    }

    private static KindredClientSettings SettingsOf(IConfiguration configuration, string connectionName)
    {
        var settings = new KindredClientSettings();
        configuration.GetSection(Section).Bind(settings);
        configuration.GetSection($"{Section}:{connectionName}").Bind(settings);
        if (configuration.GetConnectionString(connectionName) is { Length: > 0 } text) settings.Read(text, connectionName);
        return settings;
    }

    // addresses of requests are below it
    private static Uri WithSlash(Uri address) => address.AbsoluteUri.EndsWith('/') ? address : new($"{address.AbsoluteUri}/");
}
