namespace Aspire.Hosting.ApplicationModel;

/// <summary>How others reach a server: what Kindred.Aspire.Client reads.</summary>
internal static class KindredConnection
{
    /// <summary>The name of the endpoint.</summary>
    public const string Endpoint = "http";

    public static ReferenceExpression StringOf(IKindredResource server) =>
        ReferenceExpression.Create($"Endpoint={server.Http.Property(EndpointProperty.Url)};Key={server.AdminKey}");
}
