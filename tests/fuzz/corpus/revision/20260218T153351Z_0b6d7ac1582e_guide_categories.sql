-- revision:   0b6d7ac1582e
-- message:    categories in a table of their own
-- parents:    e84f02d9a35b
-- created:    2026-02-18T15:33:51Z
-- lint:       allow adding-foreign-key-constraint because the table is small

-- [up]
-- The text stays the key: search_vector is generated from it, and the app reads it on every guide.
CREATE TABLE guide_categories (
    category      varchar(60) PRIMARY KEY,
    display_name  varchar(100) NOT NULL,
    listed        boolean NOT NULL DEFAULT true
);

INSERT INTO guide_categories (category, display_name) VALUES
    ('development', 'Software development'),
    ('home', 'Home and garden'),
    ('networking', 'Networks and Wi-Fi'),
    ('office', 'Office and documents'),
    ('photo', 'Photo and video'),
    ('security', 'Accounts and security');

-- Whatever else the model came up with remains valid, but waits for an editor before it is listed.
INSERT INTO guide_categories (category, display_name, listed)
SELECT DISTINCT category, category, false
FROM step_guides
WHERE category IS NOT NULL
ON CONFLICT (category) DO NOTHING;

ALTER TABLE step_guides
    ADD CONSTRAINT step_guides_category_fkey FOREIGN KEY (category) REFERENCES guide_categories ON UPDATE CASCADE;

-- [down]
-- The guides keep their categories; what editors made of the names is lost.
ALTER TABLE step_guides DROP CONSTRAINT step_guides_category_fkey;
DROP TABLE guide_categories;

-- [verify]
-- Categories that no editor has seen are never offered.
SELECT category
FROM guide_categories
WHERE listed AND display_name = category;
