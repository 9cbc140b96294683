using Kindred;
using Microsoft.Extensions.Options;

namespace KindredWorker;

/// <summary>What to train on, where to publish, how often.</summary>
internal sealed class TrainingOptions
{
    public string Events { get; set; } = "events.csv";

    public string Snapshots { get; set; } = "snapshots";

    public TimeSpan Every { get; set; } = TimeSpan.FromHours(24);
}

/// <summary>Trains at the start and then on a schedule: models are compared with popularity, and the winner is published.</summary>
internal sealed partial class TrainingService(IOptions<TrainingOptions> options, TimeProvider time, ILogger<TrainingService> logger)
    : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(options.Value.Every, time);
        do
        {
            try
            {
                await Task.Run(() => Train(stoppingToken), stoppingToken);
            }
            catch (InputException e)
            {
                LogRefused(logger, e.Message); // such as no events yet: the snapshot before stays
            }
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private void Train(CancellationToken cancellation)
    {
        // Replace by a query of yours: user, item, time.
        var rows = File.ReadLines(options.Value.Events).Skip(1).Select(line => line.Split(','));
        var data = Interactions.FromEvents(rows, row => (row[0], row[1], DateTimeOffset.Parse(row[2])));

        var result = ModelComparison.Run(data, new ComparisonOptions(), [new ItemKnn(), new ImplicitAls { Dimensions = 32 }], cancellation);
        LogAdvice(logger, result.Advice);
        result.Winner.Train(data).Publish(options.Value.Snapshots);
        LogPublished(logger, options.Value.Snapshots);
    }

    [LoggerMessage(LogLevel.Information, "{Advice}")]
    private static partial void LogAdvice(ILogger logger, string advice);

    [LoggerMessage(LogLevel.Information, "Published into {Snapshots}")]
    private static partial void LogPublished(ILogger logger, string snapshots);

    [LoggerMessage(LogLevel.Warning, "Nothing was published: {Reason}")]
    private static partial void LogRefused(ILogger logger, string reason);
}
