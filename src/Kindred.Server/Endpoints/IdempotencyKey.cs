using System.Security.Cryptography;
using System.Text;
using Kindred.Server.Access;
using Kindred.Store;
using Microsoft.AspNetCore.Http;

namespace Kindred.Server.Endpoints;

/// <summary>
/// The header that names a request, so that it may be sent again: by a client that got no answer, or by a proxy that asks the next server.
/// Without it, an event that has neither an id nor a time would be another one each time, as its time is when it is received.
/// </summary>
/// <remarks>
/// Ids of its events are 72 bits of a hash of the key, 32 of a hash of the body, and 24 of the place of the event in it. So what a key was
/// used for stands in the ids of the events that it led to, for as long as they are stored.
/// </remarks>
internal sealed class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    public const string ReusedReason =
        $"The {Header} was sent with another body before, so nothing was stored; give each request a key of its own.";

    private const int Longest = 255, KeyDigits = 18, BodyDigits = 8;

    private readonly string _key, _body; // hexadecimal digits

    private IdempotencyKey(string key, ReadOnlySpan<byte> body) =>
        (_key, _body) = (HashOf(Encoding.UTF8.GetBytes(key), KeyDigits), HashOf(body, BodyDigits));

    /// <returns>Null: the request has no such header.</returns>
    /// <exception cref="InputException">The header is too long, or is sent twice.</exception>
    public static IdempotencyKey? Of(HttpContext context, ReadOnlySpan<byte> body)
    {
        var values = context.Request.Headers[Header];
        if (values.Count == 0) return null;
        if (values is not [{ Length: > 0 and <= Longest } key])
            throw new InputException($"{Header} must be one text of 1 to {Longest} characters, the same each time the request is sent.");
        return new($"{AccessControl.KeyOf(context)}\n{key}", body); // another client may choose the same text
    }

    /// <returns>Whether the request is new; null: its key came with another body before.</returns>
    public bool? IsNewIn(RecentKeys recent) => recent.BodyOf(_key) is not { } before ? true : before == _body ? false : null;

    public void NoteIn(RecentKeys recent) => recent.Note(_key, _body);

    /// <returns>Whether an event needs the key: it has neither an id nor a time.</returns>
    public static bool IsNeededBy(NewEvent e) => e.Id is null && e.Time is null;

    /// <returns>Whether events are stored that came with this key in another body, and none of this one.</returns>
    public async Task<bool> IsReusedAsync(IEventStore events) =>
        await events.IdsBeginningWithAsync(_key, 1) is [var id] && !id.StartsWith(_key + _body, StringComparison.Ordinal)
            && await events.IdsBeginningWithAsync(_key + _body, 1) is [];

    /// <param name="indices">[records] The place of each in the request.</param>
    /// <returns>The records; those that need the key have an id that follows from it.</returns>
    public IReadOnlyList<NewEvent> Identify(IReadOnlyList<NewEvent> records, IReadOnlyList<int> indices) =>
        [.. records.Select((e, n) => IsNeededBy(e) ? e with { Id = $"{_key}{_body}{indices[n]:x6}" } : e)];

    private static string HashOf(ReadOnlySpan<byte> bytes, int digits) => Convert.ToHexStringLower(SHA256.HashData(bytes))[..digits];
}
