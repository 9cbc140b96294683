using Kindred.AspNetCore.Telemetry;
using Kindred.Server.Access;
using Kindred.Server.Dashboard;
using Kindred.Server.Endpoints;
using Kindred.Server.Experiments;
using Kindred.Server.ExposureContracts;
using Kindred.Server.Ingestion;
using Kindred.Server.Live;
using Kindred.Server.Onboarding;
using Kindred.Server.Renewal;
using Kindred.Server.Renewal.Gate;
using Kindred.Server.Telemetry;
using Kindred.Snapshots;
using Kindred.Store;
using Kindred.Store.Exposures;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Kindred.Server;

/// <summary>
/// The living server: events come in and are kept, answers know them, models renew themselves. The only place where its parts are wired
/// together.
/// </summary>
public static partial class LivingServer
{
    private const int LongestBody = 1 << 20; // bytes, where an endpoint does not say otherwise

    /// <summary>
    /// Makes the folder if there is none, and serves until the process is told to stop (SIGTERM, Ctrl-C) or
    /// <paramref name="cancellation"/>;
    /// requests under way finish first, and what is queued is written.
    /// </summary>
    /// <exception cref="InputException">The folder, the store or the address cannot be used, or another server has the folder.</exception>
    /// <exception cref="StoreUnavailableException">The store cannot be opened now.</exception>
    public static async Task RunAsync(LivingOptions options, CancellationToken cancellation)
    {
        var urls = ListeningAddress.Check(options.Url, allowsHttps: true);
        if (options.Drain < TimeSpan.Zero) throw new InputException($"The drain time must be >= 0, was {options.Drain.TotalSeconds} s.");
        AnsweringThreads.Reserve();
        var folder = LivingFolder.Create(options.Folder, options.Store, options.Durability, options.Snapshots);
        using var held = ServerLock.Take(folder);
        await using var store = await folder.OpenStoreAsync(options.Clock, cancellation);
        if (options.AdminKeyFile is { } file) await AccessKeys.UseFileAsync(store, file, options.Clock.GetUtcNow(), cancellation);
        await CheckAccess(urls, store, options, cancellation);
        await using var app = Build(options, urls, folder, store);
        await ListeningAddress.StartAsync(app, options.Url, cancellation);
        await LogStart(app, folder, store, options);
        await app.WaitForShutdownAsync(cancellation);
    }

    private static WebApplication Build(LivingOptions options, string[] urls, LivingFolder folder, IStore store)
    {
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.Configuration.AddJsonFile(folder.SettingsFile, optional: true);
        if (builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
            throw new InputException($"{folder.SettingsFile} names endpoints for Kestrel; give the address to listen at with --url " +
                "instead.");
        builder.WebHost.UseUrls(urls).UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = LongestBody;
        });
        LogLine.Use(builder.Logging, options.JsonLog);
        builder.Services
            .AddSingleton(options).AddSingleton(folder).AddSingleton(store).AddSingleton(options.Clock)
            .Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true) // Problems gives the reason
            .Configure<JsonOptions>(ApiDescription.ConfigureSchemas)
            .AddOpenApi("v1", ApiDescription.Configure)
            .AddRequestDecompression(UnpackedBody.Check);
        // Where a proxy of this machine ends TLS, cookies are for TLS alone.
        builder.Services.Configure<ForwardedHeadersOptions>(headers => headers.ForwardedHeaders = ForwardedHeaders.XForwardedProto);
        Drain.Add(builder.Services, options.Drain);
        AddParts(builder.Services, folder, options);
        Exporters.Add(builder.Services, builder.Configuration);

        var app = builder.Build();
        Drain.Use(app);
        app.UseForwardedHeaders();
        app.UseMiddleware<WholeAnswers>();
        app.UseMiddleware<Problems>();
        app.UseRouting();
        app.UseMiddleware<AccessControl>();
        app.UseMiddleware<RequestLimiter>();
        app.UseRequestDecompression();
        app.MapOpenApi().WithMetadata(new HttpMethodMetadata([HttpMethods.Get, HttpMethods.Head]));
        app.MapKindred("/v1").Requires(Scope.Read);
        MapParts(app);
        return app;
    }

    /// <summary>In this order they start; they stop in the other one, after the last request.</summary>
    private static void AddParts(IServiceCollection services, LivingFolder folder, LivingOptions options)
    {
        var trainers = options.Trainers;
        services.AddHosted<StoreChanges>();
        services.AddSingleton(new SettingKind(
            EventSettings.Name, EventSettings.Default.ToJson(), json => EventSettings.Parse(json).ToJson()));
        services.AddHosted<EventSettingsInUse>();
        services.AddSingleton(new SettingKind(
            RequestLimits.Name, RequestLimits.None.ToJson(), json => RequestLimits.Parse(json).ToJson()));
        services.AddHosted<RequestLimitsInUse>();
        services.AddHosted<AccessKeys>();
        services.AddHosted<KeyBudgets>();
        services.AddSingleton<AuditTrail>();
        services.AddSingleton<Forgetting>();
        services.AddSingleton<BulkImport>();
        services.AddSingleton(provider => new EventWriter(
            provider.GetRequiredService<IStore>(), provider.GetRequiredService<LivingOptions>(), folder.Durability,
            provider.GetRequiredService<ILogger<EventWriter>>()));
        services.AddHostedService(provider => provider.GetRequiredService<EventWriter>());
        services.AddSingleton(new SettingKind(
            RenewalSettings.Name, new RenewalSettings().ToJson(), json => RenewalSettings.Parse(json, trainers).ToJson(),
            (store, json) => RenewalSettings.Parse(json, trainers).CheckUseAsync(store, trainers, embeds: options.Texts is not null)));
        services.AddSingleton(trainers);
        services.AddSingleton(provider => new SnapshotShelf(
            folder, provider.GetRequiredService<IStore>(), trainers, options.Clock,
            sentence => SnapshotShelf.LogNotKept(provider.GetRequiredService<ILogger<SnapshotShelf>>(), sentence)));
        services.AddSingleton(_ =>
        {
            var live = new LiveSnapshot { IsOptional = true };
            live.SampleRecall(options.RecallSample);
            return live;
        }).AddHosted<ServingSnapshots>();
        services.AddSingleton(new SettingKind(
            LiveSettings.Name, new LiveSettings().ToJson(), json => LiveSettings.Parse(json).ToJson(),
            (store, json) => LiveSettings.Parse(json).CheckUseAsync(store, embeds: options.Texts is not null)));
        services.AddSingleton(new SettingKind(Scenarios.Name, "{}", json => Scenarios.Check(json, trainers),
            (store, json) => ExperimentRegistry.CheckScenariosAsync(store, Scenarios.Parse(json, trainers))));
        services.AddSingleton(_ => ExposureLog.Open(folder.Exposures, new() { Clock = options.Clock }));
        services.AddSingleton(new SettingKind(
            HoldoutSettings.Name, new HoldoutSettings().ToJson(), json => HoldoutSettings.Parse(json).ToJson()));
        services.AddSingleton<ExperimentRegistry>().AddSingleton<SnapshotArms>().AddSingleton<ExposureSums>();
        services.AddSingleton<InterleavedExperiments>().AddSingleton<Shipping>().AddSingleton<LoggedQuestions>();
        services.AddSingleton<TriggeredUsers>();
        services.AddHosted<RunningExperiments>();
        services.AddSingleton(new SettingKind(ContractSettings.Name, ContractSettings.Off.ToJson(),
            json => ContractSettings.Parse(json).At(options.Clock.GetUtcNow()).ToJson()));
        services.AddHosted<ContractSettingsInUse>();
        services.AddSingleton<ContractBook>().AddSingleton<ContractLog>().AddSingleton<ContractStarter>().AddSingleton<ContractPriors>();
        services.AddSingleton<IPlacements>(provider => provider.GetRequiredService<ContractBook>());
        services.AddSingleton<LiveState>().AddSingleton<LiveAnswers>().AddSingleton<ExperimentAnswers>().AddSingleton<LiveRecommender>();
        services.AddSingleton<OnboardingRounds>().AddSingleton<OnboardingAnswers>().AddSingleton<RecentKeys>();
        services.AddSingleton<IRecommender>(provider => new MeasuredRecommender(provider.GetRequiredService<LiveRecommender>()));
        services.AddHosted<LiveService>();
        services.AddHosted<TextVectors>();
        services.AddHosted<ContractService>();
        services.AddHosted<ExperimentService>();
        services.AddHosted<RenewalService>();
        services.AddSingleton<LivingHealth>();
        services.AddSingleton<RecentMinutes>().AddSingleton<Drift>();
        Dashboard.Dashboard.Add(services);
    }

    private static void MapParts(WebApplication app)
    {
        var routes = app.MapGroup("/v1").Requires(Scope.Admin); // what an endpoint asks for comes after, and counts
        routes.ProducesProblem(StatusCodes.Status401Unauthorized).ProducesProblem(StatusCodes.Status403Forbidden)
            .ProducesProblem(StatusCodes.Status503ServiceUnavailable);
        AspNetCore.Endpoints.EndpointConventions.AddProblems(routes);
        EventEndpoints.Map(routes);
        CatalogEndpoints.Map(routes);
        SettingEndpoints.Map(routes);
        RenewalEndpoints.Map(routes);
        KeyEndpoints.Map(routes);
        ForgettingEndpoints.Map(routes);
        BulkEndpoints.Map(routes);
        ExposureEndpoints.Map(routes);
        ExperimentEndpoints.Map(routes);
        OnboardingEndpoints.Map(routes);
        ContractEndpoints.Map(routes);
        ShippingEndpoint.Map(routes);
        OffPolicyEndpoint.Map(routes);
        ActivityEndpoint.Map(routes);
        Drift.Map(routes);
        ItemEndpoints.Map(routes);
        AlarmEndpoint.Map(routes);
        PreviewEndpoint.Map(routes);
        LivingHealth.Map(app);
        Exporters.Map(app);
        app.Services.GetRequiredService<RecentMinutes>(); // measures from now on, whoever looks
        Dashboard.Dashboard.Map(app);
    }

    private static IServiceCollection AddHosted<T>(this IServiceCollection services) where T : class, IHostedService =>
        services.AddSingleton<T>().AddHostedService(provider => provider.GetRequiredService<T>());

    /// <exception cref="InputException">Everyone could use the server.</exception>
    private static async Task CheckAccess(string[] urls, IStore store, LivingOptions options, CancellationToken cancellation)
    {
        if (options.AllowAnonymous || urls.All(ListeningAddress.IsLoopback)) return;
        if ((await store.Keys.ListAsync(cancellation)).Count == 0)
            throw new InputException(
                $"{options.Url} can be reached by others, and there are no keys: add one with `kindred keys add --data " +
                    $"{options.Folder}`, name a file that holds one with --admin-key-file, or " +
                "allow everyone everything with --allow-anonymous.");
    }

    private static async Task LogStart(WebApplication app, LivingFolder folder, IStore store, LivingOptions options)
    {
        var log = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(LivingServer));
        LogServing(log, folder.Path, string.Join(" ", app.Urls), store.Description, await store.Events.LastSequenceAsync());
        if (app.Services.GetRequiredService<AccessKeys>().Any) return;
        if (options.AllowAnonymous) LogAnonymous(log);
        else LogLoopback(log);
    }

    [LoggerMessage(1, LogLevel.Information, "Serving {Folder} at {Urls}: events in {Store}, the last one has number {Sequence}")]
    private static partial void LogServing(ILogger log, string folder, string urls, string store, long sequence);

    [LoggerMessage(5, LogLevel.Information, "There are no keys: only programs of this machine may use the server. Add one with `kindred " +
        "keys add`")]
    private static partial void LogLoopback(ILogger log);

    [LoggerMessage(6, LogLevel.Warning, "There are no keys: everyone who reaches the server may read, write and delete everything")]
    private static partial void LogAnonymous(ILogger log);
}
