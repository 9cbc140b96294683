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
internal static class IdempotencyKey
{
    public const string Header = "Idempotency-Key";

    private const int Longest = 255;

    /// <param name="indices">[records] The place of each in the request.</param>
    /// <returns>The records; those without an id and a time have an id that follows from the header, if the request has it.</returns>
    /// <exception cref="InputException">The header is too long, or is sent twice.</exception>
    public static IReadOnlyList<NewEvent> Identify(HttpContext context, IReadOnlyList<NewEvent> records, IReadOnlyList<int> indices)
    {
        var values = context.Request.Headers[Header];
        if (values.Count == 0) return records;
        if (values is not [{ Length: > 0 and <= Longest } key])
            throw new InputException($"{Header} must be one text of 1 to {Longest} characters, the same each time the request is sent.");
        string scope = $"{AccessControl.KeyOf(context)}\n{key}\n"; // another client may choose the same text
        return [.. records.Select((e, n) => e.Id is null && e.Time is null ? e with { Id = IdOf($"{scope}{indices[n]}") } : e)];
    }

    private static string IdOf(string text) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)).AsSpan(0, 16));
}
