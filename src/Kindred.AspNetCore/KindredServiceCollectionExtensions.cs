using Kindred;
using Kindred.AspNetCore;
using Kindred.Models;
using Kindred.Snapshots;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
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
    public static IServiceCollection AddKindred(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<KindredOptions>().Configure(_ => OptionsCheck.CheckValues(configuration)).Bind(configuration);
        return services.AddRecommender(configuration);
    }

    /// <inheritdoc cref="AddKindred(IServiceCollection, IConfiguration)"/>
    /// <param name="configure">Sets the options.</param>
    public static IServiceCollection AddKindred(this IServiceCollection services, Action<KindredOptions> configure)
    {
        services.AddOptions<KindredOptions>().Configure(configure);
        return services.AddRecommender(null);
    }

    private static IServiceCollection AddRecommender(this IServiceCollection services, IConfiguration? configuration)
    {
        services.AddSingleton<IValidateOptions<KindredOptions>>(new OptionsCheck(configuration));
        services.AddOptions<KindredOptions>().ValidateOnStart();
        services.TryAddSingleton(provider =>
        {
            var snapshots = new LiveSnapshot();
            snapshots.SampleRecall(provider.GetRequiredService<IOptions<KindredOptions>>().Value.RecallSample);
            return snapshots;
        });
        services.TryAddSingleton<IRecommender>(provider => new Recommender(provider.GetRequiredService<LiveSnapshot>())
        {
            Clock = provider.GetService<TimeProvider>() ?? TimeProvider.System,
        });
        services.TryAddEnumerable([
            ServiceDescriptor.Singleton<IExceptionHandler, RecommenderProblems>(),
            ServiceDescriptor.Singleton<IDeveloperPageExceptionFilter, RecommenderProblems>(),
            ServiceDescriptor.Singleton<IStartupFilter, RecommenderProblems>(),
        ]);
        services.TryAddSingleton<SnapshotRefresh>();
        return services.AddHostedService(provider => provider.GetRequiredService<SnapshotRefresh>());
    }
}
