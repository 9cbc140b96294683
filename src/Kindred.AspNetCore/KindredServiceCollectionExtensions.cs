using System.Diagnostics.Metrics;
using Kindred;
using Kindred.AspNetCore;
using Kindred.AspNetCore.Telemetry;
using Kindred.Models;
using Kindred.Snapshots;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds recommendations to a host.</summary>
public static class KindredServiceCollectionExtensions
{
    /// <summary>
    /// Adds <see cref="IRecommender"/>, which answers from the newest snapshot of a folder and swaps to a newer one when it is published.
    /// What the services already have is used: an <see cref="IRecommender"/>, a <see cref="TimeProvider"/>, a <see cref="TrainerCatalog"/>.
    /// Where an endpoint of the host lets a <see cref="NoSnapshotException"/> or an <see cref="InputException"/> pass, the answer is 503 or
    /// 400 with its sentence as problem+json.
    /// </summary>
    /// <param name="configuration">Has the values of <see cref="KindredOptions"/>, such as the section "Kindred".</param>
    /// <exception cref="OptionsValidationException">At the start of the host: an option cannot be used; the sentence says
    /// which.</exception>
    public static IServiceCollection AddKindred(this IServiceCollection services, IConfiguration configuration) =>
        services.AddRecommender(null, configuration);

    /// <inheritdoc cref="AddKindred(IServiceCollection, IConfiguration)"/>
    /// <param name="configure">Sets the options.</param>
    public static IServiceCollection AddKindred(this IServiceCollection services, Action<KindredOptions> configure) =>
        services.AddRecommender(null, configure);

    /// <summary>
    /// As <see cref="AddKindred(IServiceCollection, IConfiguration)"/>, for a host with several recommenders: it is asked for as
    /// <c>[FromKeyedServices("films")] IRecommender</c>, and <c>MapKindred</c> and the health check take the same key.
    /// </summary>
    /// <param name="serviceKey">Which of them it is.</param>
    /// <param name="configuration">Has the values of <see cref="KindredOptions"/>, such as the section "Kindred:Films".</param>
    public static IServiceCollection AddKindred(this IServiceCollection services, string serviceKey, IConfiguration configuration) =>
        services.AddRecommender(Checked(serviceKey), configuration);

    /// <inheritdoc cref="AddKindred(IServiceCollection, string, IConfiguration)"/>
    /// <param name="configure">Sets the options.</param>
    public static IServiceCollection AddKindred(this IServiceCollection services, string serviceKey, Action<KindredOptions> configure) =>
        services.AddRecommender(Checked(serviceKey), configure);

    private static string Checked(string serviceKey)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(serviceKey);
        return serviceKey;
    }

    private static IServiceCollection AddRecommender(this IServiceCollection services, string? key, IConfiguration configuration)
    {
        services.AddOptions<KindredOptions>(key).Configure(options =>
        {
            OptionsCheck.CheckValues(configuration, key);
            configuration.Bind(options);
        });
        return services.AddRecommender(key, new OptionsCheck(key, configuration), configuration);
    }

    private static IServiceCollection AddRecommender(this IServiceCollection services, string? key, Action<KindredOptions> configure)
    {
        services.AddOptions<KindredOptions>(key).Configure(configure);
        return services.AddRecommender(key, new OptionsCheck(key, null));
    }

    /// <param name="key">Null: the host's only one, or the usual one, which is asked for without a key.</param>
    private static IServiceCollection AddRecommender(
        this IServiceCollection services, string? key, OptionsCheck check, IConfiguration? configuration = null)
    {
        services.AddSingleton<IValidateOptions<KindredOptions>>(check);
        services.AddOptions<KindredOptions>(key).ValidateOnStart();
        services.TryAddKeyedSingleton(key, (provider, _) =>
        {
            var snapshots = new LiveSnapshot();
            snapshots.SampleRecall(OptionsOf(provider, key).RecallSample);
            return snapshots;
        });
        services.TryAddKeyedSingleton<IRecommender>(
            key, (provider, _) => new MeasuredRecommender(new Recommender(provider.GetRequiredKeyedService<LiveSnapshot>(key))
            {
                Clock = provider.GetService<TimeProvider>() ?? TimeProvider.System,
            }, key));
        services.TryAddEnumerable([
            ServiceDescriptor.Singleton<IExceptionHandler, RecommenderProblems>(),
            ServiceDescriptor.Singleton<IDeveloperPageExceptionFilter, RecommenderProblems>(),
            ServiceDescriptor.Singleton<IStartupFilter, RecommenderProblems>(),
        ]);
        // added twice, it looks once
        if (services.Any(service => service.ServiceType == typeof(SnapshotRefresh) && Equals(service.ServiceKey, key))) return services;
        services.AddMetrics();
        services.AddKeyedSingleton(key, (provider, _) =>
        {
            var snapshots = provider.GetRequiredKeyedService<LiveSnapshot>(key);
            RecommendInstruments.Observe(provider.GetRequiredService<IMeterFactory>().Create(RecommendInstruments.Name), snapshots, key);
            return new SnapshotRefresh(
                snapshots, key, () => OptionsOf(provider, key), configuration, provider.GetRequiredService<ILoggerFactory>(),
                provider.GetService<TimeProvider>(), provider.GetService<TrainerCatalog>());
        });
        return services.AddSingleton<IHostedService>(provider => provider.GetRequiredKeyedService<SnapshotRefresh>(key));
    }

    /// <returns>The options as they are now: the configuration may have changed.</returns>
    private static KindredOptions OptionsOf(IServiceProvider provider, string? key) =>
        provider.GetRequiredService<IOptionsFactory<KindredOptions>>().Create(key ?? Options.Options.DefaultName);
}
