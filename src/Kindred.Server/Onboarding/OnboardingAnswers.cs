using Kindred.Server.Ingestion;
using Kindred.Store;

namespace Kindred.Server.Onboarding;

/// <summary>
/// What new users answered, as events: one for each item, of the later of two answers. Safe to share between threads.
/// </summary>
internal sealed class OnboardingAnswers(EventWriter writer, IStore store, StoreChanges changes)
{
    /// <summary>Stores answers that differ from those that stand, and removes what they take back.</summary>
    /// <param name="user">Null: there is a session.</param>
    public async Task StoreAsync(string? user, string? session, string[] picked, string[] dismissed)
    {
        string owner = string.IsNullOrEmpty(user) ? session! : user;
        var answers = picked.Select(item => (Item: item, Type: EventSettings.PickType))
            .Concat(dismissed.Select(item => (Item: item, Type: EventSettings.DismissType))).ToArray();
        var stand = StandingIn(await HistoryAsync(owner));
        // one identity for an answer, so that two requests at once store it once
        await writer.WriteAsync(
            [.. answers.Where(answer => stand.GetValueOrDefault(answer.Item)?.Type != answer.Type).Select(answer =>
                new NewEvent(answer.Type, answer.Item)
                {
                    Id = $"{answer.Type}:{IdHash.From($"{owner}\n{answer.Item}")}",
                    UserId = user,
                    SessionId = session,
                })], waits: true);

        var events = await HistoryAsync(owner);
        string[] takenBack = [.. answers.SelectMany(answer => TakenBack(answer.Item, answer.Type, events))];
        if (takenBack.Length == 0) return;
        await store.Events.RemoveAsync(takenBack);
        await changes.CatchUpAsync();
    }

    /// <returns>By item: the last answer.</returns>
    public static IReadOnlyDictionary<string, StoredEvent> StandingIn(IEnumerable<StoredEvent> events) => events.Where(IsAnswer)
        .GroupBy(e => e.ItemId).ToDictionary(own => own.Key, own => own.MaxBy(e => e.Sequence)!, StringComparer.Ordinal);

    /// <summary>Of two requests at once, each removes what was stored before its own: the other answer, or nothing.</summary>
    private static IEnumerable<string> TakenBack(string item, string type, IReadOnlyList<StoredEvent> events)
    {
        var about = events.Where(e => IsAnswer(e) && e.ItemId == item).ToArray();
        long own = about.Where(e => e.Type == type).Select(e => e.Sequence).DefaultIfEmpty().Max();
        return about.Where(e => e.Type != type && e.Sequence < own).Select(e => e.Id);
    }

    private static bool IsAnswer(StoredEvent e) => e.Type is EventSettings.PickType or EventSettings.DismissType;

    private Task<IReadOnlyList<StoredEvent>> HistoryAsync(string owner) =>
        store.Events.HistoryAsync(owner, OnboardingRounds.MostAnswers);
}
