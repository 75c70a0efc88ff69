/** A project that has no items yet: what to do next. */
import { href } from '../app/router';
import { isOwner } from '../app/session';
import { t } from '../texts';
import { Notice } from './parts';

export function EmptyProject({ name }: { name: string }) {
    return (
        <Notice
            icon="upload"
            title={t.project.empty}
            actions={
                <>
                    {isOwner.value && (
                        <a class="button primary" href={href('projects', name, 'import')}>
                            {t.project.import}
                        </a>
                    )}
                    <a class="button" href={href('projects', name, 'ontology')}>
                        {t.project.ontology}
                    </a>
                </>
            }
        >
            {isOwner.value ? t.project.emptyHint : t.project.emptyHintOther}
        </Notice>
    );
}
