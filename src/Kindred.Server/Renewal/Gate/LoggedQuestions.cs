using System.ComponentModel;
using Kindred.Models;
using Kindred.OffPolicy;
using Kindred.Store;
using Kindred.Store.Exposures;

namespace Kindred.Server.Renewal.Gate;

/// <summary>Answers questions to the log while the server serves: one at a time, each as large as people wait for.</summary>
internal sealed class LoggedQuestions(
    LivingFolder folder, IStore store, SnapshotShelf shelf, TrainerCatalog trainers, ExposureLog log, TimeProvider clock) : IDisposable
{
    public const int UsualAnswers = 10_000, MostAnswers = 1_000_000;

    private const int MostSnapshots = 5;

    private readonly SemaphoreSlim _work = new(1);

    /// <param name="snapshot">Its id, or the number at its beginning; null: all that have not learned the answers.</param>
    /// <exception cref="InputException">It cannot be asked, or there is nothing to judge.</exception>
    public async Task<LoggedQuestionAnswer> AskAsync(LoggedQuestion question, string? snapshot, CancellationToken cancellation)
    {
        if (question.Days is < 1 or > LoggedQuestion.MostDays)
            throw new InputException($"days must be 1 to {LoggedQuestion.MostDays}, was {question.Days}.");
        if (question.Places is < 1 or > LoggedQuestion.MostPlaces)
            throw new InputException($"places must be 1 to {LoggedQuestion.MostPlaces}, was {question.Places}.");
        if (question.MostAnswers is < 1 or > MostAnswers)
            throw new InputException($"answers must be 1 to {MostAnswers}, was {question.MostAnswers}.");
        string[] paths = string.IsNullOrEmpty(snapshot) ? [] : [shelf.Find(snapshot).Path];
        await _work.WaitAsync(cancellation);
        try
        {
            await log.FlushAsync(cancellation); // what was just answered counts
            return await Task.Run(async () =>
            {
                using var open = await OpenQuestion.OpenAsync(
                    question with { MostSnapshots = MostSnapshots }, paths, folder, store, shelf, trainers, clock.GetUtcNow(),
                    cancellation);
                return new LoggedQuestionAnswer(
                    question.Days, question.Places, question.Event, open.Log.Count, open.Log.IsWhole, open.Log.Random,
                    [.. open.Policies.Select(policy => open.Log.Judge(policy, cancellation))]);
            }, cancellation);
        }
        finally
        {
            _work.Release();
        }
    }

    public void Dispose() => _work.Dispose();
}

/// <summary>What snapshots would have earned.</summary>
internal sealed record LoggedQuestionAnswer(
    int Days, int Places,
    [property: Description("Events that count as a success; absent: all that count as a sign of interest.")] string? Event,
    [property: Description("Answers of the usual pipeline to known users that were looked at.")] int Answers,
    [property: Description("Whether those are all of the days; otherwise they are the newest.")] bool IsWhole,
    [property: Description("Of their places, those that were filled at random.")] int Random,
    [property: Description("One for each snapshot, as `kindred ope` makes them.")] IReadOnlyList<OffPolicyReport> Reports);
