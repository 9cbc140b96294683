using Kindred.Store;
using Microsoft.AspNetCore.Http;

namespace Kindred.Server.Access;

/// <summary>Notes who changed what: all that people do, not the events, users and items that programs write.</summary>
internal sealed class AuditTrail(IStore store)
{
    /// <param name="subject">Such as the id of a key; of what was forgotten, the hash.</param>
    /// <param name="detail">A JSON object, without ids of users.</param>
    public Task WriteAsync(HttpContext context, string action, string? subject = null, string? detail = null) =>
        store.Audit.AppendAsync(AccessControl.KeyOf(context) ?? "anonymous", action, subject, detail, CancellationToken.None);
}
