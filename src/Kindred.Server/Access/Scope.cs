using Microsoft.AspNetCore.Builder;

namespace Kindred.Server.Access;

/// <summary>What a key allows. Who writes need not read; <see cref="Admin"/> includes the others.</summary>
internal enum Scope
{
    /// <summary>Recommendations, users and items.</summary>
    Read,

    /// <summary>Events, users and items.</summary>
    Write,

    /// <summary>Everything: also keys, settings, jobs, the audit log, export and forgetting.</summary>
    Admin,
}

/// <summary>The scopes that an endpoint asks for, all of them; the last one of its metadata counts.</summary>
internal sealed record RequiredScopes(IReadOnlyList<Scope> Scopes);

internal static class ScopeConventions
{
    public static T Requires<T>(this T endpoint, params Scope[] scopes) where T : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new RequiredScopes(scopes));
}
